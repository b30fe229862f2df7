json_object(
    'change', 'removed',
    'script', json('true'),
    'slug', m.slug,
    'parents', json(case m.parents when '' then '[]' else '["' || replace(m.parents, ',', '","') || '"]' end),
    'seq', m.seq,
    'kind', m.kind,
    'state', m.state,
    'up_checksum', m.up_checksum,
    'down_checksum', m.down_checksum,
    'breaking', json(case when m.breaking then 'true' else 'false' end),
    'applied_at', {applied_at},
    'up_sql', m.up_sql,
    'down_sql', m.down_sql
  )
