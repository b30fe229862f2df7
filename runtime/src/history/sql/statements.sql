select s.n, s.state, s.line, s.summary
from {statements} s
where s.set_name = ? and s.id = ?
order by s.n
