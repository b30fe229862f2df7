select
  l.version,
  (
    select group_concat(
      m.id || '{unit}' || m.slug || '{unit}' || m.parents || '{unit}' || m.up_checksum || '{unit}'
        || coalesce(m.down_checksum, '') || '{unit}' || m.breaking || '{unit}' || m.seq || '{unit}' || m.kind || '{unit}'
        || m.state,
      '{record}'
    )
    from {migrations} m not indexed
    where m.set_name = ?
  )
from {layout} l
