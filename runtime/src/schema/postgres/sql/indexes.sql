select 'index', row_to_json(x) from (
    select c.oid::bigint, n.nspname as schema, c.relname as name, i.indrelid::bigint as table,
           pg_catalog.pg_get_indexdef(c.oid, 0, true) as definition,
           i.indisvalid as is_valid, i.indisclustered as is_clustered, i.indisunique as is_unique,
           h.inhparent::bigint as parent, p.spcname as tablespace, coalesce(c.reloptions, '{}') as options,
           case when h.inhparent is null then '{}' else array(
               select a.attname from pg_catalog.pg_attribute a where a.attrelid = c.oid order by a.attnum
           ) end as columns,
           array(select a.attnum || ' ' || a.attstattarget from pg_catalog.pg_attribute a
                 where a.attrelid = c.oid and a.attstattarget >= 0 order by a.attnum) as statistics
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_inherits h on h.inhrelid = c.oid
    left join pg_catalog.pg_tablespace p on p.oid = c.reltablespace
    where c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_constraint o where o.conindid = c.oid and o.contype in ('p', 'u', 'x'))
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid in (c.oid, t.oid) and e.deptype = 'e')
) x
