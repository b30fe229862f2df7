with objects (class, oid, sub, word, owned, name, acl, usual, owner) as (
    select 'pg_class', c.oid, 0, case c.relkind when 'S' then 'sequence' else 'table' end,
           case c.relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end,
           pg_catalog.format('%I.%I', n.nspname, c.relname), c.relacl,
           pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner), c.relowner
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S') and (c.relacl is not null or c.relowner <> pg_catalog.quote_ident(current_user)::regrole)
    union all
    select 'pg_proc', p.oid, 0, case p.prokind when 'p' then 'procedure' else 'function' end,
           case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
           pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), p.proacl,
           pg_catalog.acldefault('f', p.proowner), p.proowner
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.proacl is not null or p.proowner <> pg_catalog.quote_ident(current_user)::regrole
    union all
    select 'pg_type', t.oid, 0, 'type', case t.typtype when 'd' then 'domain' else 'type' end,
           pg_catalog.format('%I.%I', n.nspname, t.typname), t.typacl,
           pg_catalog.acldefault('T', t.typowner), t.typowner
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'c', 'r') and (t.typacl is not null or t.typowner <> pg_catalog.quote_ident(current_user)::regrole)
    union all
    select 'pg_statistic_ext', s.oid, 0, 'statistics', 'statistics', pg_catalog.format('%I.%I', n.nspname, s.stxname),
           null::aclitem[], null::aclitem[], s.stxowner
    from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    union all
    select 'pg_collation', l.oid, 0, 'collation', 'collation', pg_catalog.format('%I.%I', n.nspname, l.collname),
           null::aclitem[], null::aclitem[], l.collowner
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace n on n.oid = l.collnamespace
    where l.oid >= 16384
    union all
    select 'pg_namespace', n.oid, 0, 'schema', 'schema', pg_catalog.quote_ident(n.nspname), n.nspacl,
           -- A schema that was there from the beginning has the rights that it was given then.
           coalesce((select i.initprivs from pg_catalog.pg_init_privs i
                     where i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid), pg_catalog.acldefault('n', n.nspowner)),
           -- So has it the owner: whoever made the cluster (10), or whoever has the database.
           case when n.oid < 16384 and (n.nspowner = 10 or pg_catalog.pg_get_userbyid(n.nspowner) = 'pg_database_owner')
                then pg_catalog.quote_ident(current_user)::regrole::oid else n.nspowner end
    from pg_catalog.pg_namespace n
    where n.nspacl is not null or n.nspowner <> pg_catalog.quote_ident(current_user)::regrole
    union all
    select 'pg_class', a.attrelid, a.attnum, pg_catalog.format(' (%I)', a.attname), null,
           pg_catalog.format('%I.%I', n.nspname, c.relname), a.attacl, null::aclitem[], c.relowner
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where a.attacl is not null and a.attnum > 0 and not a.attisdropped
),
granted as (
    select o.class, o.oid, o.sub, o.word, o.name, x.grantee, x.privilege_type, x.is_grantable, true as is_there
    from objects o cross join lateral pg_catalog.aclexplode(o.acl) x
    where (x.grantee <> o.owner or o.usual is null)
      and not exists (select from pg_catalog.aclexplode(o.usual) u
                      where u.grantee = x.grantee and u.privilege_type = x.privilege_type and u.is_grantable = x.is_grantable)
    union all
    -- An owner may lack a right too.
    select o.class, o.oid, o.sub, o.word, o.name, u.grantee, u.privilege_type, false, false
    from objects o cross join lateral pg_catalog.aclexplode(o.usual) u
    where o.acl is not null and (u.grantee <> o.owner or o.owner = pg_catalog.quote_ident(current_user)::regrole)
      and not exists (select from pg_catalog.aclexplode(o.acl) x
                      where x.grantee = u.grantee and x.privilege_type = u.privilege_type)
),
-- What is to be granted on new things, in a schema or, of those that everybody has, anywhere.
default_acls as (
    select d.oid, d.defaclrole as role, n.oid as schema, d.defaclacl as acl,
           case when n.oid is null then pg_catalog.acldefault(
               case d.defaclobjtype when 'S' then 's' else d.defaclobjtype end::"char", d.defaclrole) end as usual,
           pg_catalog.format('alter default privileges%s%s', case
               when d.defaclrole <> pg_catalog.quote_ident(current_user)::regrole
               then pg_catalog.format(' for role %I', pg_catalog.pg_get_userbyid(d.defaclrole)) else '' end,
               ' in schema ' || pg_catalog.quote_ident(n.nspname)) as head,
           case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
               when 'T' then 'types' else 'schemas' end as word
    from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
),
defaults (class, oid, sub, place, statement) as (
    select 'pg_namespace', coalesce(d.schema, (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'public')), 0, 1, pg_catalog.format(
               case when x.is_there then '%s grant %s on %s to %s%s' else '%s revoke %s on %s from %s%s' end,
               d.head, pg_catalog.string_agg(pg_catalog.lower(x.privilege_type), ', ' order by x.privilege_type), d.word,
               case when x.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end,
               case when x.is_grantable then ' with grant option' else '' end)
    from default_acls d cross join lateral (
        select a.grantee, a.privilege_type, a.is_grantable, true as is_there from pg_catalog.aclexplode(d.acl) a
        where not exists (select from pg_catalog.aclexplode(d.usual) u where u.grantee = a.grantee
                          and u.privilege_type = a.privilege_type and u.is_grantable = a.is_grantable)
        union all
        select u.grantee, u.privilege_type, false, false from pg_catalog.aclexplode(d.usual) u
        where not exists (select from pg_catalog.aclexplode(d.acl) a
                          where a.grantee = u.grantee and a.privilege_type = u.privilege_type)
    ) x
    group by d.oid, d.schema, d.head, d.word, x.grantee, x.is_grantable, x.is_there
),
said as (
    select g.class, g.oid, g.sub, g.is_there::int as place,
           pg_catalog.format(
               case when g.is_there then 'grant %s %s %s to %s%s' else 'revoke %s %s %s from %s%s' end,
               pg_catalog.string_agg(pg_catalog.lower(g.privilege_type) || case when g.sub = 0 then '' else g.word end, ', '
                                     order by g.privilege_type),
               'on ' || case when g.sub = 0 then g.word else 'table' end, g.name,
               case when g.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end,
               case when g.is_grantable then ' with grant option' else '' end) as statement
    from granted g
    group by g.class, g.oid, g.sub, g.word, g.name, g.grantee, g.is_grantable, g.is_there
    union all
    select o.class, o.oid, o.sub, 2, pg_catalog.format('alter %s %s owner to %I', o.owned, o.name, pg_catalog.pg_get_userbyid(o.owner))
    from objects o
    where o.sub = 0 and o.owner >= 10 and o.owner <> pg_catalog.quote_ident(current_user)::regrole
      -- A column's sequence has the owner of its table.
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_class'::regclass and d.objid = o.oid and o.owned = 'sequence'
                        and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i'))
    union all
    select * from defaults where oid is not null
)
select 'kept', row_to_json(x) from (
    select s.class, s.oid::bigint, s.sub, pg_catalog.string_agg(s.statement, E';\n' order by s.place, s.statement) as text
    from said s
    where s.oid >= 16384 or s.class = 'pg_namespace'
    group by s.class, s.oid, s.sub
) x
