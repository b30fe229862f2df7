insert into {statements} (
  set_name, id, direction, n, state, recovery, line, summary, checksum, fingerprint, connection, message, started_at
)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, current_timestamp)
