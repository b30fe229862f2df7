-- dunlin: revises base
create table entries (
  id bigint generated always as identity primary key,
  name text not null,
  text text not null,
  signed_at timestamptz not null default now()
);
