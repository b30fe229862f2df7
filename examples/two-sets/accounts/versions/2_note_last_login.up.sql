-- dunlin: revises 1
alter table accounts add column last_login text;
