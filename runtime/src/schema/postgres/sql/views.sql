select case c.relkind when 'v' then 'view' else 'materialized_view' end, row_to_json(x)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_tablespace p on p.oid = c.reltablespace
left join pg_catalog.pg_am m on m.oid = c.relam
cross join lateral (
    select c.oid::bigint, n.nspname as schema, c.relname as name,
           pg_catalog.pg_get_viewdef(c.oid, true) as definition, coalesce(c.reloptions, '{}') as options,
           c.relispopulated as is_populated, p.spcname as tablespace,
           case when m.amname <> 'heap' then m.amname end as access_method,
           array(select json_build_object(
                     'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
                     'collation', nullif(a.attcollation, t.typcollation)::regcollation::text,
                     'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid, true),
                     'storage', case when a.attstorage <> t.typstorage then case a.attstorage
                         when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
                     -- Servers before 14 have no such column, and take that of `absent`.
                     'compression', case when a.attlen = -1 then case (select attcompression from (select a.*) own)
                         when 'p' then 'pglz' when 'l' then 'lz4' end end,
                     'statistics', case when a.attstattarget >= 0 then a.attstattarget end,
                     'options', coalesce(a.attoptions, '{}'))
                 from pg_catalog.pg_attribute a
                 cross join (select null::"char" as attcompression) absent
                 join pg_catalog.pg_type t on t.oid = a.atttypid
                 left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
) x
where c.relkind in ('v', 'm') and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
