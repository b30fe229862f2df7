-- dunlin: revises 0008
update users
set full_name = trim(first_name || ' ' || last_name)
where full_name is null;
