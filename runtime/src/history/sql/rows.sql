select
  l.version,
  m.id,
  m.slug,
  m.parents,
  m.seq,
  m.kind,
  m.state,
  m.up_checksum,
  m.down_checksum,
  case when m.breaking then 1 else 0 end,
  {applied_at}
from {layout} l
left join {migrations} m on m.set_name = ?
{here}
order by m.seq
