select
  l.version,
  (
    select group_concat(
      printf(
        '%s{unit}%s{unit}%s{unit}%s{unit}%s{unit}%d{unit}%d{unit}%s{unit}%s',
        m.id, m.slug, m.parents, m.up_checksum, coalesce(m.down_checksum, ''), m.breaking, m.seq, m.kind, m.state
      ),
      '{record}'
    )
    from {migrations} m not indexed
    where m.set_name = ?
  )
from {layout} l
