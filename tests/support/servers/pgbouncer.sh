# What `supervise.sh` must know of PgBouncer: a pooler in front of the tests' PostgreSQL server, configured as Debian does but
# for pools that are so small that their clients do share connections. It lets in whom the server lets in, to any database.
death_signal=KILL

prepare() {
    cat >data/pgbouncer.ini <<INI
[databases]
* = host=$UPSTREAM port=5432

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $(port 1)
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $home/data/users
admin_users = superuser
pool_mode = $POOL_MODE
default_pool_size = 2
max_client_conn = 200
server_login_retry = 1
INI
    printf '"%s" "%s"\n' dunlin "$PASSWORD" superuser "$PASSWORD" >data/users
}

serve() {
    become pgbouncer data/pgbouncer.ini
}

is_ready() {
    pg_isready --quiet --host=127.0.0.1 --port="$(port 1)" --username=superuser --dbname=pgbouncer
}
