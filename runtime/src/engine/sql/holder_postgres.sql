select
  'connection ' || a.pid || ' of ' || coalesce(a.usename, '?') || coalesce(' from ' || host(a.client_addr), '')
    || coalesce(' (' || nullif(a.application_name, '') || ')', '')
    || ', there since ' || to_char(a.backend_start at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
    || coalesce(', running: ' || left(regexp_replace(nullif(a.query, ''), '\s+', ' ', 'g'), 80), ''),
  case when a.state = 'active' then 1 else 0 end,
  a.pid
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory'
  and l.granted
  and l.objsubid = 1
  and l.classid = {high}
  and l.objid = {low}
  and l.database = (select oid from pg_database where datname = current_database())
