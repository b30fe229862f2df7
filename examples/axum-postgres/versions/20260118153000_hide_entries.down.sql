alter table entries drop column hidden;
