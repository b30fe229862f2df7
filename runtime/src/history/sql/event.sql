insert into {events} (
  set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
)
values
