select
  'connection ' || a.pid || ' of ' || coalesce(a.usename, a.backend_type) || coalesce(' from ' || host(a.client_addr), '')
    || coalesce(' (' || nullif(a.application_name, '') || ')', '')
    || coalesce(', in a transaction for ' || round(extract(epoch from clock_timestamp() - a.xact_start)) || ' s', '')
    || coalesce(', ' || a.state, '')
    || coalesce(': ' || left(regexp_replace(nullif(a.query, ''), '\s+', ' ', 'g'), 80), '')
from unnest(pg_blocking_pids({connection})) as b (pid)
join pg_stat_activity a on a.pid = b.pid
order by a.xact_start
limit 1
