select
  concat('connection ', p.id, ' of ', p.user, ' from ', p.host, ', in this state for ', p.time, ' s',
    coalesce(concat(', running: ', left(p.info, 80)), ', idle in a transaction'))
from performance_schema.metadata_locks w
join performance_schema.threads t on t.thread_id = w.owner_thread_id and t.processlist_id = {connection}
join performance_schema.metadata_locks g
  on g.object_schema = w.object_schema and g.object_name = w.object_name and g.lock_status = 'GRANTED'
    and g.owner_thread_id <> w.owner_thread_id
join performance_schema.threads o on o.thread_id = g.owner_thread_id
join information_schema.processlist p on p.id = o.processlist_id
where w.lock_status = 'PENDING'
limit 1

select
  concat('perhaps connection ', p.id, ' of ', p.user, ' from ', p.host, ', in a transaction since ', x.trx_started,
    coalesce(concat(', running: ', left(p.info, 80)), ', idle'))
from information_schema.innodb_trx x
join information_schema.processlist p on p.id = x.trx_mysql_thread_id
where p.id <> {connection}
order by x.trx_started
limit 1

select
  concat('perhaps connection ', p.id, ' of ', p.user, ' from ', p.host, ', ', lower(p.command), ' for ', p.time, ' s',
    coalesce(concat(': ', left(p.info, 80)), ''))
from information_schema.processlist p
where p.id not in ({connection}, connection_id())
  and p.db = (select o.db from information_schema.processlist o where o.id = {connection})
order by p.time desc
limit 1
