select host(a.client_addr), a.client_port, host(inet_client_addr()), inet_client_port(), inet_server_port()
from pg_stat_activity a
where a.pid = {connection}
