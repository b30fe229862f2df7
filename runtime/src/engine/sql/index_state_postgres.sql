select
  i.indexrelid::regclass::text,
  c.relname,
  i.indisvalid::int,
  (i.indrelid = t.oid)::int,
  pg_get_indexdef(i.indexrelid)
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = to_regclass({table})
where i.indrelid = t.oid
  or (c.relnamespace = t.relnamespace and c.relname = {name})
