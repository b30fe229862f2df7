on conflict (set_name, name) do update set
  checksum = excluded.checksum,
  stored_sql = excluded.stored_sql,
  applied_at = excluded.applied_at,
  duration_us = excluded.duration_us,
  tool_version = excluded.tool_version
