select
  a.pid,
  'connection ' || a.pid || ' of ' || a.usename || ', running for '
    || round(extract(epoch from clock_timestamp() - a.query_start)) || ' s: '
    || left(regexp_replace(a.query, '\s+', ' ', 'g'), 80)
from pg_stat_activity a
where a.datname = current_database()
  and a.pid <> pg_backend_pid()
  and starts_with(a.application_name, {introduced})
  and a.state <> 'idle'
  and a.query_start < clock_timestamp() - interval '500 milliseconds'
