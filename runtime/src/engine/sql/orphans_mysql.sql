select
  p.id,
  concat('connection ', p.id, ' of ', p.user, ' from ', p.host, ', running for ', p.time, ' s: ', left(p.info, 80))
from information_schema.processlist p
where p.id in (
    select s.connection
    from {statements} s
    where s.set_name = {set}
      and s.started_at >= current_timestamp - interval {up_for} second
  )
  and p.id <> connection_id()
  and p.command = 'Query'
