\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set QUIET on
set client_encoding to 'UTF8';
{nowhere}select {schema} as dunlin_schema \gset
select
  {key} as dunlin_key,
  {tables} as dunlin_tables
\gset
-- What the session is, so that it can be brought back to it behind a file
select
  'reset session authorization; reset role; reset all; '
    || case when current_setting('role') = 'none' then '' else format('set role %I; ', current_setting('role')) end
    || format('do %L;', 'begin ' || coalesce(string_agg(
      format('perform set_config(%L, %L, false);', s.name, s.setting), ' '), 'null;') || ' end')
    as dunlin_restore,
  'set local session authorization default; set local role '
    || case when current_setting('role') = 'none' then 'none' else quote_ident(current_setting('role')) end || ';'
    as dunlin_as_ourselves
from pg_settings s
where s.source = 'session'
  and s.context in ('user', 'superuser')
  and s.name not in ('role', 'session_authorization')
\gset
