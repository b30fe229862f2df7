select
  l.version,
  (
    select string_agg(
      concat_ws('{unit}', m.id, m.slug, m.parents, m.up_checksum, coalesce(m.down_checksum, ''), m.breaking::int,
        m.seq, m.kind, m.state),
      '{record}'
    )
    from {migrations} m
    where m.set_name = ?
  )
from {layout} l
{here}
