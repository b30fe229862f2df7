select m.id, m.up_sql, m.down_sql
from {migrations} m
where m.set_name = ? and m.id = ?
