select concat('kill ', id)
from information_schema.processlist
where db = {} and id <> connection_id()
