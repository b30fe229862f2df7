select 'column' as kind, table_name::text as owner, column_name::text as name,
  concat_ws(' ', data_type, is_nullable, column_default, is_identity) as definition
from information_schema.columns
where table_schema = 'public' and table_name not like 'dunlin\_%'
union all
select 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
from pg_constraint
where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p', 'u')
  and conrelid::regclass::text not like 'dunlin\_%'
union all
select 'index', tablename::text, indexname::text, indexdef
from pg_indexes
where schemaname = 'public' and tablename not like 'dunlin\_%'
order by 1, 2, 3
