insert into {migrations} (
  set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking,
  applied_at, duration_us, tool_version
)
values
