select m.type, m.name, m.tbl_name, m.sql
from sqlite_schema m
left join pragma_table_list l on l.schema = 'main' and l.name = m.name
where m.sql is not null
  and m.name not like 'sqlite\_%' escape '\'
  and coalesce(l.type, '') <> 'shadow'
order by m.rowid
