with found (kind, class, oid, name, definition) as (
    select 'cast', 'pg_cast', c.oid,
           pg_catalog.format('(%s as %s)', pg_catalog.format_type(c.castsource, null), pg_catalog.format_type(c.casttarget, null)),
           pg_catalog.concat_ws(' ', c.castcontext, c.castmethod, nullif(c.castfunc, 0)::regprocedure)
    from pg_catalog.pg_cast c
    union all
    select 'operator', 'pg_operator', o.oid,
           pg_catalog.format('%I.%s (%s, %s)', n.nspname, o.oprname, nullif(o.oprleft, 0)::regtype, o.oprright::regtype),
           pg_catalog.concat_ws(' ', o.oprcode::oid::regprocedure, nullif(o.oprcom, 0)::regoperator,
                                nullif(o.oprnegate, 0)::regoperator, o.oprcanmerge, o.oprcanhash, o.oprrest, o.oprjoin)
    from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    union all
    select 'operator family', 'pg_opfamily', f.oid, pg_catalog.format('%I.%I using %I', n.nspname, f.opfname, m.amname),
           pg_catalog.concat_ws(' ',
               (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amopstrategy, a.amopopr::regoperator, a.amoppurpose), ', '
                                             order by a.amopstrategy, a.amopopr::regoperator::text)
                from pg_catalog.pg_amop a where a.amopfamily = f.oid),
               (select pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.amprocnum, a.amproc::oid::regprocedure), ', '
                                             order by a.amprocnum, a.amproc::oid::regprocedure::text)
                from pg_catalog.pg_amproc a where a.amprocfamily = f.oid))
    from pg_catalog.pg_opfamily f join pg_catalog.pg_am m on m.oid = f.opfmethod
    join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
    union all
    select 'operator class', 'pg_opclass', o.oid, pg_catalog.format('%I.%I using %I', n.nspname, o.opcname, m.amname),
           pg_catalog.concat_ws(' ', o.opcintype::regtype, o.opcdefault, nullif(o.opckeytype, 0)::regtype)
    from pg_catalog.pg_opclass o join pg_catalog.pg_am m on m.oid = o.opcmethod
    join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
    union all
    select 'text search configuration', 'pg_ts_config', c.oid, pg_catalog.format('%I.%I', n.nspname, c.cfgname),
           pg_catalog.concat_ws(' ', c.cfgparser, (
               select pg_catalog.string_agg(pg_catalog.concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ', '
                                            order by m.maptokentype, m.mapseqno)
               from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid))
    from pg_catalog.pg_ts_config c join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
    union all
    select 'text search dictionary', 'pg_ts_dict', d.oid, pg_catalog.format('%I.%I', n.nspname, d.dictname),
           pg_catalog.concat_ws(' ', t.tmplname, d.dictinitoption)
    from pg_catalog.pg_ts_dict d join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
    join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
    union all
    select 'text search parser', 'pg_ts_parser', p.oid, pg_catalog.format('%I.%I', n.nspname, p.prsname), ''
    from pg_catalog.pg_ts_parser p join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
    union all
    select 'text search template', 'pg_ts_template', p.oid, pg_catalog.format('%I.%I', n.nspname, p.tmplname), ''
    from pg_catalog.pg_ts_template p join pg_catalog.pg_namespace n on n.oid = p.tmplnamespace
    union all
    select 'foreign-data wrapper', 'pg_foreign_data_wrapper', w.oid, pg_catalog.quote_ident(w.fdwname),
           pg_catalog.concat_ws(' ', nullif(w.fdwhandler, 0)::regproc, nullif(w.fdwvalidator, 0)::regproc, w.fdwoptions)
    from pg_catalog.pg_foreign_data_wrapper w
    union all
    select 'server', 'pg_foreign_server', s.oid, pg_catalog.quote_ident(s.srvname),
           pg_catalog.concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, s.srvoptions)
    from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
    union all
    select 'user mapping', 'pg_user_mapping', m.umid, pg_catalog.format('for %s server %I', m.usename, m.srvname), ''
    from pg_catalog.pg_user_mappings m
    union all
    select 'foreign table', 'pg_class', c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.concat_ws(' ', s.srvname, f.ftoptions, pg_catalog.pg_get_expr(c.relpartbound, c.oid), (
               select pg_catalog.string_agg(pg_catalog.concat_ws(
                          ' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attfdwoptions,
                          pg_catalog.pg_get_expr(d.adbin, d.adrelid, true), pg_catalog.col_description(c.oid, a.attnum)),
                          ', ' order by a.attnum)
               from pg_catalog.pg_attribute a
               left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), (
               select pg_catalog.string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
               from pg_catalog.pg_inherits i where i.inhrelid = c.oid), (
               select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(o.oid, true), ', ' order by o.conname)
               from pg_catalog.pg_constraint o where o.conrelid = c.oid), (
               select pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.pg_get_triggerdef(t.oid, true), t.tgenabled),
                                            ', ' order by t.tgname)
               from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal))
    from pg_catalog.pg_foreign_table f join pg_catalog.pg_class c on c.oid = f.ftrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
    union all
    select 'publication', 'pg_publication', p.oid, pg_catalog.quote_ident(p.pubname),
           pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot, (
               -- Servers before 15 publish all columns and rows of a table, and take what they have not from `absent`.
               select pg_catalog.string_agg(pg_catalog.concat_ws(
                          ' ', r.prrelid::regclass, (select prattrs from (select r.*) own),
                          pg_catalog.pg_get_expr((select prqual from (select r.*) own), r.prrelid)),
                          ', ' order by r.prrelid::regclass::text)
               from pg_catalog.pg_publication_rel r
               cross join (select null::int2vector as prattrs, null::pg_node_tree as prqual) absent
               where r.prpubid = p.oid), (
               select pg_catalog.string_agg(n.refobjid::regnamespace::text, ', ' order by n.refobjid::regnamespace::text)
               from pg_catalog.pg_depend o
               join pg_catalog.pg_depend n on n.classid = o.classid and n.objid = o.objid
                    and n.refclassid = 'pg_namespace'::regclass
               where o.refclassid = 'pg_publication'::regclass and o.refobjid = p.oid))
    from pg_catalog.pg_publication p
    union all
    select 'subscription', 'pg_subscription', s.oid, pg_catalog.quote_ident(s.subname), s.subpublications::text
    from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
    where d.datname = pg_catalog.current_database()
    union all
    select 'language', 'pg_language', l.oid, pg_catalog.quote_ident(l.lanname),
           pg_catalog.concat_ws(' ', l.lanpltrusted, nullif(l.lanplcallfoid, 0)::regproc, nullif(l.laninline, 0)::regproc)
    from pg_catalog.pg_language l
    union all
    select 'transform', 'pg_transform', t.oid,
           pg_catalog.format('for %s language %I', t.trftype::regtype, l.lanname),
           pg_catalog.concat_ws(' ', nullif(t.trffromsql, 0)::regproc, nullif(t.trftosql, 0)::regproc)
    from pg_catalog.pg_transform t join pg_catalog.pg_language l on l.oid = t.trflang
    union all
    select 'conversion', 'pg_conversion', c.oid, pg_catalog.format('%I.%I', n.nspname, c.conname),
           pg_catalog.concat_ws(' ', c.conforencoding, c.contoencoding, c.conproc, c.condefault)
    from pg_catalog.pg_conversion c join pg_catalog.pg_namespace n on n.oid = c.connamespace
    union all
    select 'access method', 'pg_am', m.oid, pg_catalog.quote_ident(m.amname), pg_catalog.concat_ws(' ', m.amtype, m.amhandler)
    from pg_catalog.pg_am m
    union all
    select 'base type', 'pg_type', t.oid, pg_catalog.format('%I.%I', n.nspname, t.typname),
           pg_catalog.concat_ws(' ', t.typlen, t.typinput, t.typoutput, t.typalign, t.typstorage, t.typisdefined)
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    where (t.typtype = 'b' and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid) or t.typtype = 'p')
      and n.nspname <> 'pg_toast'
    union all
    select distinct 'dependence on an extension', d.classid::regclass::text, d.objid,
           pg_catalog.format('of %s on %I', pg_catalog.pg_describe_object(d.classid, d.objid, 0), x.extname), ''
    from pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid = d.refobjid
    where d.deptype = 'x' and d.refclassid = 'pg_extension'::regclass
    union all
    select 'security label', l.classoid::regclass::text, l.objoid,
           pg_catalog.format('of %s by %I', pg_catalog.pg_describe_object(l.classoid, l.objoid, l.objsubid), l.provider), l.label
    from pg_catalog.pg_seclabel l
)
select 'unmodelled', row_to_json(x) from (
    select f.kind, f.class, f.oid::bigint, f.name,
           pg_catalog.concat_ws(' ', f.definition, pg_catalog.obj_description(f.oid, f.class)) as definition
    from found f
    where f.oid >= 16384
      and not exists (select from pg_catalog.pg_depend e where e.classid = f.class::regclass and e.objid = f.oid
                      and e.deptype in ('e', 'i'))
) x
