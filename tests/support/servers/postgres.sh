# What `supervise.sh` must know of PostgreSQL. Losing data is no harm here, so nothing waits for a disk. What a killed server
# has written is in the kernel's hands; it writes all that a user's does, so that it can go on from there.
death_signal=QUIT

prepare() {
    printf '%s' "$PASSWORD" >password
    (become initdb --pgdata=data --username=superuser --pwfile=password \
        --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-sync --no-instructions)
    rm password
    echo "create role dunlin login createdb password '$PASSWORD';" |
        (become postgres --single -D data -c fsync=off postgres)
    # A name that outlives this server, for a pooler that does.
    ln -s ".s.PGSQL.$(port 1)" sockets/.s.PGSQL.5432
}

serve() {
    set --
    if [ "$use" = shared ]; then
        set -- -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0
    fi
    become postgres -D data -p "$(port 1)" \
        -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories="$home/sockets" \
        -c max_connections=200 \
        -c shared_buffers=32MB \
        -c fsync=off \
        -c max_wal_size=256MB \
        -c jit=off \
        "$@"
}

is_ready() {
    pg_isready --quiet --host=127.0.0.1 --port="$(port 1)"
}
