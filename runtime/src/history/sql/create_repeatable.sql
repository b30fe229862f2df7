create table if not exists {repeatable} (
  set_name varchar(64) not null,
  name varchar(128) not null,
  checksum varchar(80) not null,
  stored_sql {long_text} not null,
  applied_at {time_type} not null,
  duration_us bigint not null,
  tool_version varchar(32) not null,
  primary key (set_name, name)
){table_options}
