select 'column', row_to_json(x) from (
    select a.attrelid::bigint as table, a.attnum as number, a.attname as name,
           pg_catalog.format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
           a.attislocal as is_local, a.attinhcount > 0 as is_inherited,
           pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) as default, a.attgenerated as generated,
           a.attidentity as identity,
           case when a.attcollation <> t.typcollation then (
               select pg_catalog.format('%I.%I', m.nspname, l.collname)
               from pg_catalog.pg_collation l join pg_catalog.pg_namespace m on m.oid = l.collnamespace
               where l.oid = a.attcollation
           ) end as collation,
           case when a.attstorage <> t.typstorage then case a.attstorage
               when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end as storage,
           -- Servers before 14 have no such column, and take that of `absent`.
           case when a.attlen = -1 then case (select attcompression from (select a.*) own)
               when 'p' then 'pglz' when 'l' then 'lz4' end end as compression,
           case when a.attstattarget >= 0 then a.attstattarget end as statistics,
           a.attoptions as options
    from pg_catalog.pg_attribute a
    cross join (select null::"char" as attcompression) absent
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and a.attnum > 0 and not a.attisdropped
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
    order by a.attrelid, a.attnum
) x
