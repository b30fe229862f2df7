alter table users add column deleted_at text;
