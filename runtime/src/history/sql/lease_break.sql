update {lock} set token = token + 1, owner = '', connection = null
where set_name = ?
  and token = ?
