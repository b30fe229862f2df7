-- It fails, and changes nothing, while somebody deleted has the name of somebody living.
drop index users_username;
create unique index users_username on users (username);
