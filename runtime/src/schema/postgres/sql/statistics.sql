select 'statistics', row_to_json(x) from (
    select s.oid::bigint, n.nspname as schema, s.stxname as name, s.stxrelid::bigint as table,
           pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
           nullif(pg_catalog.to_jsonb(s) ->> 'stxstattarget', '-1')::int as target
    from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_statistic_ext'::regclass and e.objid = s.oid and e.deptype = 'e')
) x
union all
select 'collation', row_to_json(x) from (
    select c.oid::bigint, n.nspname as schema, c.collname as name,
           case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end as provider,
           coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale') as locale,
           c.collcollate as lc_collate, c.collctype as lc_ctype, c.collisdeterministic as is_deterministic,
           pg_catalog.to_jsonb(c) ->> 'collicurules' as rules
    from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
    where c.oid >= 16384 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_collation'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
