-- dunlin: revises 0005
-- The second step: data, and nothing but data.
update users
set email = username || '@users.invalid'
where email is null;
