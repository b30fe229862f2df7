-- dunlin: revises base
create table accounts (
  id integer primary key,
  name text not null unique
);
