insert into {events} (
  set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
)
select m.set_name, ?, ?, ?, m.id, m.up_checksum, ?, '', '', ?, ?, ?, ''
from {migrations} m
where m.set_name = ?
  and m.id = ?
