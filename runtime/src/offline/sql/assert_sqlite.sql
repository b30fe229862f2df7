drop trigger if exists temp.dunlin_assert;
create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
begin
  select raise(abort, {message});
end;
insert into temp.dunlin_assertion (holds) select {condition};
