-- dunlin: foreign-keys off
-- The names come back from where they were set aside. Whoever came later is split at the first space.
create table users_new (
  id integer primary key,
  username text not null,
  first_name text not null,
  last_name text not null,
  created_at text not null default current_timestamp,
  status text not null default 'active'
    constraint users_status_is_known check (status in ('invited', 'active', 'suspended')),
  email text not null,
  full_name text
);
insert into users_new (id, username, first_name, last_name, created_at, status, email, full_name)
select
  users.id,
  users.username,
  coalesce(former_names.first_name, substr(users.full_name, 1, instr(users.full_name || ' ', ' ') - 1)),
  coalesce(former_names.last_name, substr(users.full_name, instr(users.full_name || ' ', ' ') + 1)),
  users.created_at,
  users.status,
  users.email,
  users.full_name
from users
left join former_names on former_names.user_id = users.id;
drop table former_names;
drop table users;
alter table users_new rename to users;
create unique index users_username on users (username);
