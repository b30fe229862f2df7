select 'comment', row_to_json(x) from (
    select d.classoid::regclass::text as class, d.objoid::bigint as oid, d.objsubid as sub, d.description as text
    from pg_catalog.pg_description d
    where d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass
) x
