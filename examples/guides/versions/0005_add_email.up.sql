-- dunlin: revises 0004
-- The first of three steps to a column that is not null: programs that do not know it go on working.
alter table users add column email text;
