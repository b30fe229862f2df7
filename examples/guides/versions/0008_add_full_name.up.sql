-- dunlin: revises 0007
-- Expand: from here on, programs write the full name beside the names that it replaces.
alter table users add column full_name text;
