(
  select md5(coalesce(string_agg(f.fact, ';' order by f.fact), ''))
  from (
    select concat_ws(',', 'database', d.datname, d.datdba, d.datallowconn) as fact
    from pg_database d
    where d.datname in ({names})
    union all
    select concat_ws(',', 'tablespace', t.spcname, t.spcowner)
    from pg_tablespace t
    where t.spcname in ({names})
    union all
    select concat_ws(',', 'subscription', s.subname, s.subenabled)
    from pg_subscription s
    where s.subname in ({names})
    union all
    select concat_ws(',', 'partition', i.inhparent::regclass, i.inhrelid::regclass, to_jsonb(i) ->> 'inhdetachpending')
    from pg_inherits i
    join pg_class c on c.oid in (i.inhparent, i.inhrelid)
    where c.relname in ({names})
    union all
    select concat_ws(',', 'relation', c.oid::regclass, c.relkind, c.relhassubclass, c.relispartition)
    from pg_class c
    where c.relname in ({names})
  ) f
)
