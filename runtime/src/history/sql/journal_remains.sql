select distinct s.id
from {statements} s
where s.set_name = ?
  and not exists (
    select 1
    from {migrations} m
    where m.set_name = s.set_name and m.id = s.id and m.state <> ?
  )
