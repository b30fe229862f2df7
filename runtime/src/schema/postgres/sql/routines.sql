select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, row_to_json(x)
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
left join pg_catalog.pg_aggregate g on g.aggfnoid = p.oid
cross join lateral (
    select p.oid::bigint, n.nspname as schema, p.proname as name,
           pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments,
           pg_catalog.oidvectortypes(p.proargtypes) as types,
           pg_catalog.pg_get_function_result(p.oid) as result,
           p.pronargdefaults as defaults,
           coalesce(p.proargnames, '{}') as argument_names,
           case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end as definition,
           case when p.prokind = 'a' then json_build_object(
               'state_function', g.aggtransfn::regproc::text,
               'state_type', pg_catalog.format_type(g.aggtranstype, null),
               'state_space', nullif(g.aggtransspace, 0),
               'final_function', nullif(g.aggfinalfn::oid, 0::oid)::regproc::text,
               'final_extra', g.aggfinalextra, 'final_modify', g.aggfinalmodify,
               'combine_function', nullif(g.aggcombinefn::oid, 0::oid)::regproc::text,
               'serial_function', nullif(g.aggserialfn::oid, 0::oid)::regproc::text,
               'deserial_function', nullif(g.aggdeserialfn::oid, 0::oid)::regproc::text,
               'initial', g.agginitval,
               'moving_state_function', nullif(g.aggmtransfn::oid, 0::oid)::regproc::text,
               'moving_inverse_function', nullif(g.aggminvtransfn::oid, 0::oid)::regproc::text,
               'moving_state_type', case when g.aggmtranstype <> 0
                                    then pg_catalog.format_type(g.aggmtranstype, null) end,
               'moving_state_space', nullif(g.aggmtransspace, 0),
               'moving_final_function', nullif(g.aggmfinalfn::oid, 0::oid)::regproc::text,
               'moving_final_extra', g.aggmfinalextra, 'moving_final_modify', g.aggmfinalmodify,
               'moving_initial', g.aggminitval,
               'sort_operator', (select pg_catalog.format('operator(%I.%s)', m.nspname, o.oprname)
                                 from pg_catalog.pg_operator o join pg_catalog.pg_namespace m on m.oid = o.oprnamespace
                                 where o.oid = g.aggsortop),
               'kind', g.aggkind, 'parallel', p.proparallel
           ) end as aggregate
) x
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_catalog.pg_depend e
                  where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
  and not exists (select from pg_catalog.pg_depend e join pg_catalog.pg_type r on r.oid = e.refobjid
                  where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'i'
                    and e.refclassid = 'pg_type'::regclass and r.typtype in ('r', 'm'))
