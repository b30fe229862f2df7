select m.type, m.name, m.tbl_name, m.sql
from sqlite_schema m
where m.sql is not null
  and m.name not like 'sqlite\_%' escape '\'
  and m.name not in (select l.name from pragma_table_list l where l.schema = 'main' and l.type = 'shadow')
order by m.rowid
