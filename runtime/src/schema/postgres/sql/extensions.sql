select 'extension', row_to_json(x) from (
    select e.oid::bigint, e.extname as name, n.nspname as schema, e.extrelocatable as relocatable
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.oid >= 16384
) x
