-- dunlin: revises 0001
create unique index users_username on users (username);
