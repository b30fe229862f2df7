insert into {repeatable} (set_name, name, checksum, stored_sql, applied_at, duration_us, tool_version)
values (?, ?, ?, ?, ?, ?, ?)
