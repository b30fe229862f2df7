select
  l.token,
  l.owner,
  l.node,
  l.connection,
  case when l.owner = '' then 1 else 0 end,
  case when l.renewed_at + l.ttl < {now} then 1 else 0 end,
  case when l.renewed_at + 2 * l.ttl < {now} then 1 else 0 end,
  {now} - l.acquired_at
from {lock} l
where l.set_name = ?
