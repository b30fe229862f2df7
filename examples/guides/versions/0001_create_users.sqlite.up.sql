create table users (
  id integer primary key,
  username text not null,
  first_name text not null,
  last_name text not null,
  created_at text not null default current_timestamp
);
