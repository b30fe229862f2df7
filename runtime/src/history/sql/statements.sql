select s.n, s.state, s.recovery, s.line, s.summary, s.checksum, s.fingerprint, s.connection, s.message
from {statements} s
where s.set_name = ? and s.id = ? and s.direction = ?
order by s.n
