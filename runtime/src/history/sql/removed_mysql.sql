json_object(
    'change', 'removed',
    'script', true,
    'slug', m.slug,
    'parents', json_extract(if(m.parents = '', '[]', concat('["', replace(m.parents, ',', '","'), '"]')), '$'),
    'seq', m.seq,
    'kind', m.kind,
    'state', m.state,
    'up_checksum', m.up_checksum,
    'down_checksum', m.down_checksum,
    'breaking', m.breaking,
    'applied_at', {applied_at},
    'up_sql', m.up_sql,
    'down_sql', m.down_sql
  )
