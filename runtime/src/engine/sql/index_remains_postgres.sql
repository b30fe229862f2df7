select c.oid::regclass::text
from pg_index i
join pg_class c on c.oid = i.indexrelid
where not i.indisvalid
  and c.relname ~ '_cc(new|old)\d*$'
  and i.indrelid = coalesce(
    (select o.indrelid from pg_index o where o.indexrelid = to_regclass({name})),
    to_regclass({name})
  )
