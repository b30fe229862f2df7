select e.n, e.hash
from {events} e
where e.set_name = ?
  and e.hash <> ''
order by e.n desc
limit 1
