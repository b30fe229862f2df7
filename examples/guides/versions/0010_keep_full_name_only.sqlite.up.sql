-- dunlin: foreign-keys off
-- Contract: to be applied when no running program reads the old names any more. They are set aside, since no SQL can take
-- a full name apart as it was; a later, irreversible migration may drop them.
create table former_names (
  user_id integer primary key references users (id) on delete cascade,
  first_name text not null,
  last_name text not null
);
insert into former_names (user_id, first_name, last_name)
select id, first_name, last_name
from users;
create table users_new (
  id integer primary key,
  username text not null,
  created_at text not null default current_timestamp,
  status text not null default 'active'
    constraint users_status_is_known check (status in ('invited', 'active', 'suspended')),
  email text not null,
  full_name text not null
);
insert into users_new (id, username, created_at, status, email, full_name)
select id, username, created_at, status, email, full_name
from users;
drop table users;
alter table users_new rename to users;
create unique index users_username on users (username);
