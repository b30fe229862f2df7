(
  select md5(coalesce(string_agg(f.fact, ';' order by f.fact), ''))
  from (
    select concat_ws(',', 'database', d.oid, d.datname, d.datdba, d.datallowconn) as fact
    from pg_catalog.pg_database d
    where d.datname in ({names})
    union all
    select concat_ws(',', 'tablespace', t.oid, t.spcname, t.spcowner)
    from pg_catalog.pg_tablespace t
    where t.spcname in ({names})
    union all
    select concat_ws(',', 'subscription', s.oid, s.subname, s.subenabled)
    from pg_catalog.pg_subscription s
    where s.subname in ({names})
    union all
    select concat_ws(',', 'relation', c.oid, c.relname, c.relnamespace, c.relkind, c.relispartition)
    from pg_catalog.pg_class c
    where c.relname in ({names})
  ) f
)
