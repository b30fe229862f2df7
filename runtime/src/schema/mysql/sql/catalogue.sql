select 'session', schema_name, current_user(), @dunlin_sql_mode, @@session.time_zone,
  @@session.character_set_client, @@session.collation_connection, default_character_set_name, default_collation_name
from information_schema.schemata
where schema_name = database();

select 'charset', character_set_name, default_collate_name
from information_schema.character_sets;

select table_type, table_name
from information_schema.tables
where table_schema = database()
order by table_name;

select routine_type, routine_name
from information_schema.routines
where routine_schema = database()
order by routine_name;

select 'EVENT', event_name, if(event_type = 'RECURRING' and starts = created, 'at once', 'as said')
from information_schema.events
where event_schema = database()
order by event_name;

select 'TRIGGER', trigger_name, action_statement, event_object_table, action_timing, event_manipulation, action_order,
  definer, sql_mode, character_set_client, collation_connection
from information_schema.triggers
where trigger_schema = database()
order by trigger_name;
