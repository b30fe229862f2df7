-- dunlin: revises 0003
-- Users that are there become active by the default. The check has a name, so that a later migration can widen it.
alter table users
  add column status text not null default 'active'
  constraint users_status_is_known check (status in ('invited', 'active', 'suspended'));
