-- dunlin: foreign-keys off
-- SQLite cannot change a column, so the table is built anew. With foreign keys on, `drop table` would delete the posts,
-- which cascade.
create table users_new (
  id integer primary key,
  username text not null,
  first_name text not null,
  last_name text not null,
  created_at text not null default current_timestamp,
  status text not null default 'active'
    constraint users_status_is_known check (status in ('invited', 'active', 'suspended')),
  email text not null
);
insert into users_new (id, username, first_name, last_name, created_at, status, email)
select id, username, first_name, last_name, created_at, status, email
from users;
drop table users;
alter table users_new rename to users;
create unique index users_username on users (username);
