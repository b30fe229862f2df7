select 'dependency', row_to_json(x) from (
    select distinct
           case when a.oid is not null or w.rulename = '_RETURN' then 'pg_class'
                else d.classid::regclass::text end as class,
           coalesce(a.adrelid, case when w.rulename = '_RETURN' then w.ev_class end, d.objid)::bigint as oid,
           coalesce(a.adnum, d.objsubid) as sub,
           case when e.refobjid is not null then 'pg_extension' when t.typrelid <> 0 then 'pg_class'
                else d.refclassid::regclass::text end as on_class,
           coalesce(e.refobjid, nullif(t.typrelid, 0), g.rngtypid, t.oid, d.refobjid)::bigint as on_oid,
           case when e.refobjid is not null then 0 else d.refobjsubid end as on_sub,
           d.deptype as type
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_attrdef a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
    left join pg_catalog.pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
    left join pg_catalog.pg_type y on d.refclassid = 'pg_type'::regclass and y.oid = d.refobjid
    left join pg_catalog.pg_type t on t.oid = case when y.typelem <> 0 and y.typlen = -1 then y.typelem else y.oid end
    left join pg_catalog.pg_range g on t.typtype = 'm'
         and (pg_catalog.to_jsonb(g) ->> 'rngmultitypid')::oid = t.oid
    left join pg_catalog.pg_depend e on e.classid = d.refclassid and e.objid = coalesce(t.oid, d.refobjid)
         and e.deptype = 'e'
    where d.objid >= 16384 and d.refobjid >= 16384
      and (d.deptype in ('n', 'a', 'P', 'S') or d.deptype = 'i' and d.classid <> 'pg_type'::regclass)
) x
