insert into dunlin_assertion (message)
select {message}
from (select 1 union all select 2) twice
where not coalesce({condition}, false);
