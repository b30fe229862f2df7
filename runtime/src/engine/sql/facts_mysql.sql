-- schema s.schema_name s.schema_name
select concat_ws(',', 'schema', quote(s.schema_name), s.default_character_set_name, s.default_collation_name) fact
from information_schema.schemata s

-- table t.table_schema t.table_name
select concat_ws(',', 'table', quote(t.table_schema), quote(t.table_name), t.table_type, quote(t.engine),
  quote(t.row_format), quote(t.table_collation), quote(t.create_options), quote(t.table_comment)) fact
from information_schema.tables t

-- column c.table_schema c.table_name
select concat_ws(',', 'column', quote(c.table_schema), quote(c.table_name), quote(c.column_name), c.ordinal_position,
  quote(replace(c.column_default, '"', '`')), c.is_nullable, quote(c.column_type), quote(c.collation_name), quote(c.extra),
  quote(replace(c.generation_expression, '"', '`')), quote(c.column_comment)) fact
from information_schema.columns c

-- index i.table_schema i.table_name
select concat_ws(',', 'index', quote(i.table_schema), quote(i.table_name), quote(i.index_name), i.seq_in_index,
  i.non_unique, quote(i.column_name), quote(i.collation), quote(i.sub_part), quote(i.index_type), quote(i.comment),
  quote(i.index_comment) /*M!100600 , i.ignored */ /*!80013 , quote(i.expression), i.is_visible */) fact
from information_schema.statistics i

-- constraint k.table_schema k.table_name
select concat_ws(',', 'constraint', quote(k.table_schema), quote(k.table_name), quote(k.constraint_name),
  quote(k.constraint_type)) fact
from information_schema.table_constraints k

-- key u.table_schema u.table_name
select concat_ws(',', 'key', quote(u.table_schema), quote(u.table_name), quote(u.constraint_name), quote(u.column_name),
  u.ordinal_position, quote(u.referenced_table_schema), quote(u.referenced_table_name), quote(u.referenced_column_name)) fact
from information_schema.key_column_usage u

-- reference r.constraint_schema r.table_name
select concat_ws(',', 'reference', quote(r.constraint_schema), quote(r.table_name), quote(r.constraint_name), r.update_rule,
  r.delete_rule) fact
from information_schema.referential_constraints r

-- check-mariadb h.constraint_schema h.table_name
select concat_ws(',', 'check', quote(h.constraint_schema), quote(h.table_name), quote(h.constraint_name),
  quote(replace(h.check_clause, '"', '`'))) fact
from information_schema.check_constraints h

-- check-mysql k.table_schema k.table_name
select concat_ws(',', 'check', quote(h.constraint_schema), quote(k.table_name), quote(h.constraint_name),
  quote(replace(h.check_clause, '"', '`'))) fact
from information_schema.table_constraints k
join information_schema.check_constraints h
  on h.constraint_schema = k.constraint_schema and h.constraint_name = k.constraint_name

-- partition p.table_schema p.table_name
select concat_ws(',', 'partition', quote(p.table_schema), quote(p.table_name), quote(p.partition_name),
  quote(p.subpartition_name), p.partition_ordinal_position, quote(p.partition_method), quote(replace(p.partition_expression, '"', '`')),
  quote(p.partition_description)) fact
from information_schema.partitions p

-- view v.table_schema v.table_name
select concat_ws(',', 'view', quote(v.table_schema), quote(v.table_name), quote(replace(v.view_definition, '"', '`')), v.check_option,
  quote(v.definer), v.security_type) fact
from information_schema.views v

-- table_trigger g.event_object_schema g.event_object_table
select concat_ws(',', 'trigger', quote(g.trigger_schema), quote(g.trigger_name), quote(g.event_object_table),
  g.event_manipulation, g.action_timing, g.action_order, quote(g.action_statement), quote(g.sql_mode), quote(g.definer)) fact
from information_schema.triggers g

-- trigger g.event_object_schema g.trigger_name
select concat_ws(',', 'trigger', quote(g.trigger_schema), quote(g.trigger_name), quote(g.event_object_table),
  g.event_manipulation, g.action_timing, g.action_order, quote(g.action_statement), quote(g.sql_mode), quote(g.definer)) fact
from information_schema.triggers g

-- routine f.routine_schema f.routine_name
select concat_ws(',', 'routine', quote(f.routine_schema), quote(f.routine_name), f.routine_type, quote(f.routine_definition),
  quote(f.dtd_identifier), f.is_deterministic, f.sql_data_access, f.security_type, quote(f.definer), quote(f.sql_mode),
  quote(f.routine_comment)) fact
from information_schema.routines f

-- parameter a.specific_schema a.specific_name
select concat_ws(',', 'parameter', quote(a.specific_schema), quote(a.specific_name), quote(a.parameter_name),
  a.ordinal_position, quote(a.parameter_mode), quote(a.dtd_identifier)) fact
from information_schema.parameters a

-- event e.event_schema e.event_name
select concat_ws(',', 'event', quote(e.event_schema), quote(e.event_name), quote(e.event_definition), e.status,
  quote(e.interval_value), quote(e.interval_field), quote(e.execute_at), quote(e.starts), quote(e.ends), e.on_completion,
  quote(e.definer)) fact
from information_schema.events e
