-- dunlin: revises base
create table users (
  id bigint generated always as identity primary key,
  username text not null,
  first_name text not null,
  last_name text not null,
  created_at timestamptz not null default current_timestamp
);
