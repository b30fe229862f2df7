select 'table', row_to_json(x) from (
    select c.oid::bigint, n.nspname as schema, c.relname as name, c.relpersistence = 'u' as unlogged,
           c.relrowsecurity as row_security, c.relforcerowsecurity as force_row_security,
           case c.relreplident when 'n' then 'nothing' when 'f' then 'full' when 'i' then (
               select 'using index ' || pg_catalog.quote_ident(k.relname)
               from pg_catalog.pg_index i join pg_catalog.pg_class k on k.oid = i.indexrelid
               where i.indrelid = c.oid and i.indisreplident
           ) end as replica_identity,
           (select k.relname from pg_catalog.pg_index i join pg_catalog.pg_class k on k.oid = i.indexrelid
            where i.indrelid = c.oid and i.indisreplident and c.relreplident = 'i') as identity_index,
           array(select o from pg_catalog.unnest(c.reloptions) o
                 union all select 'toast.' || o from pg_catalog.unnest(s.reloptions) o) as options,
           case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
           case when c.relispartition then pg_catalog.pg_get_expr(c.relpartbound, c.oid, true) end as bound,
           array(select i.inhparent::bigint from pg_catalog.pg_inherits i
                 where i.inhrelid = c.oid order by i.inhseqno) as parents,
           case when c.reloftype <> 0 then c.reloftype::regtype::text end as of_type,
           p.spcname as tablespace, case when m.amname <> 'heap' then m.amname end as access_method
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_class s on s.oid = c.reltoastrelid
    left join pg_catalog.pg_tablespace p on p.oid = c.reltablespace
    left join pg_catalog.pg_am m on m.oid = c.relam
    where c.relkind in ('r', 'p') and c.relpersistence <> 't'
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
