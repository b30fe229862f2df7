with now as (select extract(epoch from clock_timestamp())::bigint as seconds),
made as (
    select pg_catalog.format('dunlin_scratch_%s_%s_%s', n.seconds, pg_catalog.pg_backend_pid(),
                             pg_catalog.substr(pg_catalog.md5(pg_catalog.random()::text), 1, 8)) as name
    from now n
),
model as (
    select pg_catalog.format(' encoding %L', pg_catalog.pg_encoding_to_char(d.encoding)) ||
           pg_catalog.format(' lc_collate %L lc_ctype %L', d.datcollate, d.datctype) ||
           coalesce((select pg_catalog.format(' locale_provider icu icu_locale %L', l.name) from (select coalesce(
               pg_catalog.to_jsonb(d) ->> 'daticulocale', pg_catalog.to_jsonb(d) ->> 'datlocale') as name) l
               where l.name is not null), '') as settings
    from pg_catalog.pg_database d where d.datname = ?
)
select m.name, 'create database ' || m.name || ' template template0' || coalesce((select settings from model), '')
from made m
union all
select null, 'drop database if exists ' || pg_catalog.quote_ident(d.datname)
from pg_catalog.pg_database d, now n
where d.datname ~ '^dunlin_scratch_[0-9]+_[0-9]+_[0-9a-f]+$'
  and pg_catalog.split_part(d.datname, '_', 3)::bigint < n.seconds - 600
  and not exists (select from pg_catalog.pg_stat_activity a
                  where a.datname = d.datname and a.usesysid is not null)
