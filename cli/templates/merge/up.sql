
-- A merge joins two lines; there is nothing to do.
select 1;
