create table if not exists {lock} (
  set_name varchar(64) not null,
  token bigint not null,
  owner varchar(255) not null,
  node varchar(255) not null,
  connection bigint,
  acquired_at bigint not null,
  renewed_at bigint not null,
  ttl bigint not null,
  primary key (set_name)
){table_options}
