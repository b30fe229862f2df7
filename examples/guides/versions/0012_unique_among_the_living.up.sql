-- dunlin: revises 0011
-- The name of somebody who was deleted is free again.
drop index users_username;
create unique index users_username on users (username) where deleted_at is null;
