-- dunlin: revises 0006
-- The third step. It fails, and changes nothing, while a user is without an address.
alter table users alter column email set not null;
