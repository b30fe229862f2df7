select
  coalesce(
    concat(
      'connection ', p.id, ' of ', p.user, ' from ', p.host,
      coalesce(concat(', running for ', p.time, ' s: ', left(p.info, 80)), ', idle')
    ),
    concat('connection ', l.id, ', of which this user may see no more')
  ),
  case when p.info is null then 0 else 1 end,
  l.id
from (select is_used_lock({name}) as id) l
left join information_schema.processlist p on p.id = l.id
where l.id is not null
