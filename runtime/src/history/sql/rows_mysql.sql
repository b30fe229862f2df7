select
  l.version,
  concat_ws('{unit}', m.id, m.slug, m.parents, m.up_checksum, coalesce(m.down_checksum, ''), m.breaking, m.seq,
    m.kind, m.state)
from {layout} l
left join {migrations} m on m.set_name = ?
