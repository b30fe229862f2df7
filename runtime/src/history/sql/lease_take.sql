update {lock} set
  token = token + 1,
  owner = ?,
  node = ?,
  connection = {connection},
  acquired_at = {now},
  renewed_at = {now},
  ttl = ?
where set_name = ?
  and token = ?
