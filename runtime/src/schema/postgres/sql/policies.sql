select 'policy', row_to_json(x) from (
    select p.oid::bigint, p.polname as name, p.polrelid::bigint as table, p.polpermissive as is_permissive,
           case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                when 'd' then 'delete' else 'all' end as command,
           array(select case when r = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) end
                 from pg_catalog.unnest(p.polroles) r order by 1) as roles,
           pg_catalog.pg_get_expr(p.polqual, p.polrelid, true) as using,
           pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid, true) as with_check
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
