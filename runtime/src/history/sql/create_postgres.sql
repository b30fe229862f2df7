create table if not exists {layout} (
  id integer primary key check (id = 1),
  version integer not null
);
insert into {layout} (id, version) values (1, {version}) on conflict do nothing;
create table if not exists {events} (
  set_name text not null,
  n bigint not null,
  at timestamptz not null,
  action text not null,
  id text,
  checksum text,
  db_user text not null,
  os_user text not null,
  host text not null,
  application text not null,
  tool_version text not null,
  detail text not null,
  hash text not null,
  primary key (set_name, n)
);
create table if not exists {migrations} (
  set_name text not null,
  id text not null,
  slug text not null,
  parents text not null,
  seq bigint not null,
  kind text not null,
  state text not null,
  up_checksum text not null,
  down_checksum text,
  up_sql text not null,
  down_sql text,
  breaking boolean not null,
  applied_at timestamptz not null,
  duration_us bigint not null,
  tool_version text not null,
  primary key (set_name, id)
);
