# What `supervise.sh` must know of MariaDB. Losing data is no harm here, so nothing waits for a disk. What a killed server
# has written is in the kernel's hands; it writes all that a user's does, so that it can go on from there.
death_signal=KILL

prepare() {
    make_data "$home/data"
}

serve() {
    set --
    if [ "$use" = shared ]; then
        set -- --innodb-flush-log-at-trx-commit=2 --innodb-doublewrite=0
    fi
    become_mariadbd "$home/data" "$(port 1)" --skip-log-bin "$@"
}

is_ready() {
    [ "$(ask "$(port 1)" 'select 1')" = 1 ]
}

# Makes a data directory that knows the tests' users.
make_data() {
    temporary=$(temporary make)
    (become mariadb-install-db --no-defaults --datadir="$1" --tmpdir="$temporary" --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=normal --innodb-log-file-size=8M)
    (become mariadbd --no-defaults --datadir="$1" --tmpdir="$temporary" --bootstrap --innodb-log-file-size=8M) <<SQL
flush privileges;
delete from mysql.global_priv where user in ('', 'root');
flush privileges;
create user superuser@'%' identified by '$PASSWORD';
grant all on *.* to superuser@'%' with grant option;
create user dunlin@'%' identified by '$PASSWORD';
grant all on \`dunlin\_%\`.* to dunlin@'%';
SQL
}

# Prints a folder for the temporary files of one server: as it starts, it removes whatever another has left in its own.
temporary() {
    (become mkdir -p "$home/sockets/$1.tmp")
    echo "$home/sockets/$1.tmp"
}

# Becomes the server of a data directory, on a port, with more options.
become_mariadbd() {
    data=$1 clients=$2
    shift 2
    temporary=$(temporary "$clients")
    become mariadbd --no-defaults --datadir="$data" --tmpdir="$temporary" --port="$clients" \
        --bind-address=127.0.0.1 --socket="$home/sockets/$clients" --skip-name-resolve \
        --character-set-server=utf8mb4 \
        --max-connections=200 \
        --innodb-buffer-pool-size=64M \
        --innodb-log-file-size=8M \
        --debug-no-sync \
        --skip-performance-schema \
        "$@"
}

# Prints the answer of the server on a port.
ask() {
    MYSQL_PWD=$PASSWORD mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$1" \
        --user=superuser --batch --skip-column-names --execute="$2" 2>/dev/null
}
