select m.name, f."from"
from sqlite_schema m, pragma_foreign_key_list(m.name) f
where m.type = 'table'
  and lower(f."table") = ?
  and lower(m.name) <> lower(f."table")
  and f.on_delete in ('CASCADE', 'SET NULL', 'SET DEFAULT')
