select
  concat(
    'connection ', p.id, ' of ', p.user, ' from ', p.host,
    coalesce(concat(', running for ', p.time, ' s: ', left(p.info, 80)), ', idle')
  ),
  case when p.info is null then 0 else 1 end,
  p.id
from information_schema.processlist p
where p.id = is_used_lock({name})
