select 'constraint', row_to_json(x) from (
    select o.oid::bigint, o.conname as name, o.contype as type, nullif(o.conrelid, 0)::bigint as table,
           nullif(o.contypid, 0)::bigint as domain, nullif(o.conindid, 0)::bigint as index,
           pg_catalog.pg_get_constraintdef(o.oid, true) as definition,
           o.conislocal as is_local, o.coninhcount > 0 as is_inherited, nullif(o.conparentid, 0)::bigint as parent,
           i.indisclustered as is_clustered, coalesce(i.indisvalid, true) as is_valid,
           case when o.contype in ('p', 'u', 'x') then array(
               select v from pg_catalog.unnest(k.reloptions) v
           ) end as options,
           case when o.conparentid = 0 then (
               select h.inhparent::bigint from pg_catalog.pg_inherits h where h.inhrelid = k.oid
           ) end as attached_to,
           case when o.conparentid = 0 then '{}' else array(
               select a.attname from pg_catalog.pg_attribute a where a.attrelid = k.oid order by a.attnum
           ) end as columns
    from pg_catalog.pg_constraint o
    join pg_catalog.pg_namespace n on n.oid = o.connamespace
    left join pg_catalog.pg_index i on i.indexrelid = o.conindid and o.contype in ('p', 'u', 'x')
    left join pg_catalog.pg_class k on k.oid = i.indexrelid
    where o.contype in ('p', 'u', 'f', 'c', 'x') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and (o.conrelid <> 0 or o.contypid <> 0)
      and not exists (select from pg_catalog.pg_depend e where e.deptype = 'e' and
                      (e.classid = 'pg_class'::regclass and e.objid = o.conrelid
                       or e.classid = 'pg_type'::regclass and e.objid = o.contypid))
) x
