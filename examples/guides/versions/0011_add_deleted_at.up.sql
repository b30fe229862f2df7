-- dunlin: revises 0010
alter table users add column deleted_at timestamptz;
