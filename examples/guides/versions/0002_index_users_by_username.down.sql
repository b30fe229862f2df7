drop index users_username;
