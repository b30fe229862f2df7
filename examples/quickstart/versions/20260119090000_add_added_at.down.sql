alter table books drop column added_at;
