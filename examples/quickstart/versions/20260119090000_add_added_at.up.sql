-- dunlin: revises 20260112090000

alter table books add column added_at text;

update books set added_at = current_timestamp;
