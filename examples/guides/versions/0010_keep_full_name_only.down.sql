-- The names come back from where they were set aside. Whoever came later is split at the first space.
alter table users
  add column first_name text,
  add column last_name text;
update users
set
  first_name = coalesce(
    (select former_names.first_name from former_names where former_names.user_id = users.id),
    split_part(full_name, ' ', 1)
  ),
  last_name = coalesce(
    (select former_names.last_name from former_names where former_names.user_id = users.id),
    substr(full_name, length(split_part(full_name, ' ', 1)) + 2)
  );
alter table users
  alter column full_name drop not null,
  alter column first_name set not null,
  alter column last_name set not null;
drop table former_names;
