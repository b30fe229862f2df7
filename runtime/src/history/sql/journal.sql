create table if not exists {statements} (
  set_name varchar(64) not null,
  id varchar(64) not null,
  direction varchar(8) not null,
  n integer not null,
  state varchar(16) not null,
  recovery varchar(16) not null,
  line integer not null,
  summary varchar(255) not null,
  checksum varchar(80) not null,
  fingerprint varchar(80),
  connection bigint,
  message varchar(1000),
  started_at {time_type} not null,
  row_text text not null,
  primary key (set_name, id, direction, n)
){table_options}
