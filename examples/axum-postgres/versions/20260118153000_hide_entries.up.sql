-- dunlin: revises 20260110090000
alter table entries add column hidden boolean not null default false;
