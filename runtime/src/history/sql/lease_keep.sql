update {lock} set renewed_at = case when {now} > renewed_at then {now} else renewed_at + 1 end
where set_name = ?
  and token = ?
  and owner <> ''
  and renewed_at + ttl > {now}
