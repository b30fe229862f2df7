drop view living_users;
