select 'column' as kind, tables.name as owner, columns.name as name,
  columns.type || ' ' || columns."notnull" || ' ' || coalesce(columns.dflt_value, '') || ' ' || columns.pk as definition
from sqlite_schema as tables
join pragma_table_info(tables.name) as columns
where tables.type in ('table', 'view') and tables.name not like 'dunlin\_%' escape '\'
union all
select 'foreign key', tables.name, keys."from", keys."table" || ' ' || keys.on_delete
from sqlite_schema as tables
join pragma_foreign_key_list(tables.name) as keys
union all
select 'index', tbl_name, name, sql
from sqlite_schema
where type = 'index' and sql is not null and tbl_name not like 'dunlin\_%' escape '\'
order by 1, 2, 3
