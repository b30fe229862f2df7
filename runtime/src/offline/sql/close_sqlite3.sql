drop table temp.dunlin_assertion;
drop table temp.dunlin_start;
