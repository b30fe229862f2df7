select 'trigger', row_to_json(x) from (
    select t.oid::bigint, t.tgname as name, t.tgrelid::bigint as table,
           pg_catalog.pg_get_triggerdef(t.oid, true) as definition, t.tgenabled as enabled,
           -- Servers before 13 have no such column, and take that of `absent`.
           nullif((select tgparentid from (select t.*) own), 0)::bigint as parent
    from pg_catalog.pg_trigger t
    cross join (select 0::oid as tgparentid) absent
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    -- Before 15 those that partitions have of their parents were internal.
    where (not t.tgisinternal or t.tgconstraint = 0 and (select tgparentid from (select t.*) own) <> 0)
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
union all
select 'rule', row_to_json(x) from (
    select r.oid::bigint, r.rulename as name, r.ev_class::bigint as table,
           pg_catalog.pg_get_ruledef(r.oid, true) as definition, r.ev_enabled as enabled,
           null::bigint as parent
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
) x
union all
select 'event_trigger', row_to_json(x) from (
    select t.oid::bigint, t.evtname as name, t.evtevent as event, coalesce(t.evttags, '{}') as tags,
           t.evtfoid::regproc::text as function, t.evtenabled as enabled
    from pg_catalog.pg_event_trigger t
    where not exists (select from pg_catalog.pg_depend e
                      where e.classid = 'pg_event_trigger'::regclass and e.objid = t.oid and e.deptype = 'e')
) x
