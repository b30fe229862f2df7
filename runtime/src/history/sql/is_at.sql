(select coalesce(max(e.n), 0) from {events} e where e.set_name = ?) = ?
and coalesce((select e.hash from {events} e where e.set_name = ? order by e.n desc limit 1), '') = ?
