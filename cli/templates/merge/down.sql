-- Without the merge, the lines go on as they were; there is nothing to take back.
select 1;
