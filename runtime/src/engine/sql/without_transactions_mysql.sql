exists (
  select 1
  from information_schema.tables t
  join information_schema.engines e on e.engine = t.engine and e.transactions <> 'YES'
  where {of}
    and t.table_type = 'BASE TABLE'
)
