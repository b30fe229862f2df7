select
  {clock},
  (select max(e.n) from {events} e where e.set_name = ?),
  (select e.hash from {events} e where e.set_name = ? order by e.n desc limit 1)
