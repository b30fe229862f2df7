create table if not exists {layout} (
  id integer primary key,
  version integer not null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
insert ignore into {layout} (id, version) values (1, {version});
create table if not exists {events} (
  set_name varchar(64) not null,
  n bigint not null,
  at datetime(6) not null,
  action varchar(24) not null,
  id varchar(64),
  checksum varchar(80),
  db_user varchar(320) not null,
  os_user varchar(255) not null,
  host varchar(255) not null,
  application varchar(255) not null,
  tool_version varchar(32) not null,
  detail longtext not null,
  hash varchar(80) not null,
  primary key (set_name, n)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
create table if not exists {migrations} (
  set_name varchar(64) not null,
  id varchar(64) not null,
  slug text not null,
  parents text not null,
  seq bigint not null,
  kind varchar(16) not null,
  state varchar(16) not null,
  up_checksum varchar(80) not null,
  down_checksum varchar(80),
  up_sql longtext not null,
  down_sql longtext,
  breaking boolean not null,
  applied_at datetime(6) not null,
  duration_us bigint not null,
  tool_version varchar(32) not null,
  primary key (set_name, id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin;
