-- dunlin: revises 0009
-- Contract: to be applied when no running program reads the old names any more. They are set aside, since no SQL can take
-- a full name apart as it was; a later, irreversible migration may drop them.
create table former_names (
  user_id bigint primary key references users (id) on delete cascade,
  first_name text not null,
  last_name text not null
);
insert into former_names (user_id, first_name, last_name)
select id, first_name, last_name
from users;
alter table users
  alter column full_name set not null,
  drop column first_name,
  drop column last_name;
