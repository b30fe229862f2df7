select schema_name
from information_schema.schemata
where schema_name regexp '^dunlin_scratch_[0-9]+_[0-9]+$'
  and substring_index(substring_index(schema_name, '_', 3), '_', -1) + 0 < unix_timestamp() - 600
  and not exists (select 1 from information_schema.processlist where db = schema_name)
