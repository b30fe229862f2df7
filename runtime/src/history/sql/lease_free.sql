update {lock} set owner = '', connection = null
where set_name = ?
  and token = ?
