select 'sequence', row_to_json(x) from (
    select c.oid::bigint, n.nspname as schema, c.relname as name, c.relpersistence = 'u' as unlogged,
           pg_catalog.format_type(s.seqtypid, null) as type, s.seqstart as start, s.seqincrement as increment,
           s.seqmin as minimum, s.seqmax as maximum, s.seqcache as cache, s.seqcycle as cycle,
           d.refobjid::bigint as table, d.refobjsubid as column, coalesce(d.deptype = 'i', false) as is_identity
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_sequence s on s.seqrelid = c.oid
    left join pg_catalog.pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
         and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    where c.relkind = 'S' and c.relpersistence <> 't'
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
