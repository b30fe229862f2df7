select {applied_at}, m.up_sql, m.down_sql
from {migrations} m
where m.set_name = ? and m.id = ?
