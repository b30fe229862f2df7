-- dunlin: revises 0012
create view living_users as
select id, username, full_name, email, status, created_at
from users
where deleted_at is null;
