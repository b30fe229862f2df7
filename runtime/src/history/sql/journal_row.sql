insert into {statements} (
  set_name, id, direction, n, state, recovery, line, summary, checksum, fingerprint, connection, message, started_at,
  row_text
)
select s.*, {row_text}
from (
  select
    ? as set_name, ? as id, ? as direction, ? as n, ? as state, ? as recovery, ? as line, ? as summary, ? as checksum,
    ? as fingerprint, ? as connection, ? as message, current_timestamp as started_at
  limit 1
) s
