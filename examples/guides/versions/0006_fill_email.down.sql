-- Takes back the addresses that the way up made, and leaves those that users gave.
update users
set email = null
where email = username || '@users.invalid';
