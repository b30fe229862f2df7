select pg_cancel_backend(l.pid)
from pg_locks l
where l.locktype = 'advisory'
  and l.granted
  and l.objsubid = 1
  and l.classid = {high}
  and l.objid = {low}
  and l.database = (select oid from pg_database where datname = current_database())
  and l.pid = {connection}
