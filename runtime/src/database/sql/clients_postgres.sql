select
  'connection ' || a.pid || ' of ' || coalesce(a.usename, 'somebody') || coalesce(' from ' || host(a.client_addr), '')
    || coalesce(' (' || nullif(a.application_name, '') || ')', '')
from pg_stat_activity a
where a.datname = ?
  -- Autovacuum works as nobody, and is sent away by the server when a database is dropped.
  and a.usesysid is not null
order by a.pid
