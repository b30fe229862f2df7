select
  e.n, {at}, e.action, e.id, e.checksum, e.db_user, e.os_user, e.host, e.application, e.tool_version, e.detail, e.hash
from {events} e
where e.set_name = ?
  and e.action = ?
  and e.id is not null
  and not exists (
    select 1
    from {events} later
    where later.set_name = e.set_name
      and later.id = e.id
      and later.n > e.n
      and later.action <> ?
  )
order by e.n desc
limit 20
