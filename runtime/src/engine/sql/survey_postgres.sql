select
  current_database(),
  current_schema(),
  session_user,
  current_setting('role'),
  s.name,
  s.setting,
  pg_backend_pid(),
  version()
from (select 1) one
left join pg_settings s
  on s.source = 'session' and s.context in ('user', 'superuser') and s.name <> 'role' and s.name <> 'session_authorization'
