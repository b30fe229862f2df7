select case
  when to_regclass({table}) is null or to_regclass({partition}) is null then 'unknown'
  when i.inhrelid is null then 'detached'
  when coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false) then 'pending'
  else 'attached'
end
from (select 1) one
left join pg_catalog.pg_inherits i
  on i.inhparent = to_regclass({table}) and i.inhrelid = to_regclass({partition})
