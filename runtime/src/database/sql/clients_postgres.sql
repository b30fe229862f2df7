select
  'connection ' || a.pid || ' of ' || coalesce(a.usename, 'somebody') || coalesce(' from ' || host(a.client_addr), '')
    || coalesce(' (' || nullif(a.application_name, '') || ')', '')
from pg_stat_activity a
where a.datname = ?
order by a.pid
