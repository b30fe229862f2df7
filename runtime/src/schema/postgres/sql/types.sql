with collations as (
    select l.oid, pg_catalog.format('%I.%I', m.nspname, l.collname) as name
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace m on m.oid = l.collnamespace
)
select case x.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' else 'range' end,
       row_to_json(x)
from (
    select t.oid::bigint, n.nspname as schema, t.typname as name, t.typtype, c.oid::bigint as relation,
           case when t.typtype = 'e' then array(
               select v.enumlabel from pg_catalog.pg_enum v where v.enumtypid = t.oid order by v.enumsortorder
           ) end as labels,
           case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as base,
           t.typnotnull as not_null,
           t.typdefault as default,
           case when t.typcollation <> b.typcollation then o.name end as collation,
           case when t.typtype = 'c' then array(
               select json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                                        'collation', case when a.attcollation <> y.typcollation then q.name end)
               from pg_catalog.pg_attribute a
               join pg_catalog.pg_type y on y.oid = a.atttypid
               left join collations q on q.oid = a.attcollation
               where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
               order by a.attnum
           ) end as attributes,
           pg_catalog.format_type(r.rngsubtype, null) as subtype,
           case when not k.opcdefault then (select pg_catalog.format('%I.%I', m.nspname, k.opcname)
                from pg_catalog.pg_namespace m where m.oid = k.opcnamespace) end as operator_class,
           case when r.rngcollation <> s.typcollation then p.name end as range_collation,
           nullif(r.rngcanonical::oid, 0::oid)::regproc::text as canonical,
           nullif(r.rngsubdiff::oid, 0::oid)::regproc::text as difference,
           (select pg_catalog.format('%I.%I', m.nspname, z.typname)
            from pg_catalog.pg_type z join pg_catalog.pg_namespace m on m.oid = z.typnamespace
            where z.oid = (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid) as multirange
    from pg_catalog.pg_type t
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_class c on c.oid = t.typrelid
    left join pg_catalog.pg_type b on b.oid = t.typbasetype
    left join collations o on o.oid = t.typcollation
    left join pg_catalog.pg_range r on r.rngtypid = t.oid
    left join pg_catalog.pg_opclass k on k.oid = r.rngsubopc
    left join pg_catalog.pg_type s on s.oid = r.rngsubtype
    left join collations p on p.oid = r.rngcollation
    where t.oid >= 16384
      and (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and c.relkind = 'c')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_type'::regclass and e.objid = t.oid and e.deptype = 'e')
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
