select 'trigger', trigger_name, action_timing, event_manipulation, event_object_table, action_order, action_statement
from information_schema.triggers
where trigger_schema = database()
order by trigger_name;

select lower(routine_type), routine_name, dtd_identifier, is_deterministic, sql_data_access, routine_definition
from information_schema.routines
where routine_schema = database()
order by routine_type, routine_name;

select 'parameter', specific_name, ordinal_position, parameter_mode, parameter_name, dtd_identifier
from information_schema.parameters
where specific_schema = database()
order by routine_type, specific_name, ordinal_position;

select 'event', event_name, event_definition, interval_value, interval_field, status
from information_schema.events
where event_schema = database()
order by event_name;
