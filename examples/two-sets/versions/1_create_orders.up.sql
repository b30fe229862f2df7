-- dunlin: revises base
-- dunlin: depends-on accounts/1
create table orders (
  id integer primary key,
  account_id integer not null references accounts (id),
  what text not null
);
