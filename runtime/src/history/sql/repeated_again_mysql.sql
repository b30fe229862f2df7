on duplicate key update
  checksum = values(checksum),
  stored_sql = values(stored_sql),
  applied_at = values(applied_at),
  duration_us = values(duration_us),
  tool_version = values(tool_version)
