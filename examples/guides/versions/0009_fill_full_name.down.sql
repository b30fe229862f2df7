-- Takes back what the way up can make again. A full name that says something else was written by a user.
update users
set full_name = null
where full_name = trim(first_name || ' ' || last_name);
