select concat_ws(' ', version(), current_user(), @@global.sql_mode, @@global.character_set_server, @@global.collation_server,
  @@global.default_storage_engine, @@global.lower_case_table_names, @@global.explicit_defaults_for_timestamp,
  @@global.time_zone, @@global.innodb_default_row_format,
  (select concat(default_character_set_name, ' ', default_collation_name)
   from information_schema.schemata where schema_name = {}))
