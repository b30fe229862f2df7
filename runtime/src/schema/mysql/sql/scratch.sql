select concat('dunlin_scratch_', unix_timestamp(), '_', uuid_short()),
  (select default_character_set_name from information_schema.schemata where schema_name = {}),
  (select default_collation_name from information_schema.schemata where schema_name = {})
