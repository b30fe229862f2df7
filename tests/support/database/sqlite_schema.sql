select type, name, tbl_name, sql
from sqlite_schema
where name not like 'sqlite\_%' escape '\'
    and tbl_name not like 'dunlin\_%' escape '\'
order by type, name
