select
  e.n, {at}, e.action, e.id, e.checksum, e.db_user, e.os_user, e.host, e.application, e.tool_version, e.detail, e.hash
from {events} e
where e.set_name = ?
  and e.n > ?
order by e.n
