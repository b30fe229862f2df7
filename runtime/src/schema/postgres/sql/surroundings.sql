select concat_ws(' ', pg_catalog.version(), current_user,
    (select concat_ws(' ', d.encoding, d.datcollate, d.datctype) from pg_catalog.pg_database d where d.datname = ?),
    (select pg_catalog.md5(pg_catalog.string_agg(concat_ws(' ', s.name, s.setting), ',' order by s.name))
     from pg_catalog.pg_settings s where s.source in ('configuration file', 'global', 'database', 'user', 'database user')),
    (select pg_catalog.md5(pg_catalog.string_agg(concat_ws(' ', e.name, e.default_version), ',' order by e.name))
     from pg_catalog.pg_available_extensions e))
