-- Nobody is lost, and nobody comes back to life: whoever was deleted is suspended.
update users
set status = 'suspended'
where deleted_at is not null;
alter table users drop column deleted_at;
