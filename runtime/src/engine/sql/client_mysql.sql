select
  left(p.host, length(p.host) - length(substring_index(p.host, ':', -1)) - 1),
  substring_index(p.host, ':', -1),
  left(o.host, length(o.host) - length(substring_index(o.host, ':', -1)) - 1),
  substring_index(o.host, ':', -1),
  @@port
from information_schema.processlist p
join information_schema.processlist o on o.id = connection_id()
where p.id = {connection}
