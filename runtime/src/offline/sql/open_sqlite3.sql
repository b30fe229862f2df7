.bail on
.timeout {wait}
pragma foreign_keys = on;
drop trigger if exists temp.dunlin_assert;
drop table if exists temp.dunlin_assertion;
drop table if exists temp.dunlin_start;
create temp table dunlin_assertion (holds integer);
create temp table dunlin_start (event integer not null, seq integer not null);
