# What `supervise.sh` must know of MariaDB. Losing data is no harm here, so nothing waits for a disk. What a killed server
# has written is in the kernel's hands; it writes all that a user's does, so that it can go on from there.
death_signal=KILL

prepare() {
    (become mariadb-install-db --no-defaults --datadir="$home/data" --skip-test-db --skip-name-resolve \
        --auth-root-authentication-method=normal --innodb-log-file-size=8M)
    cat >setup.sql <<SQL
delete from mysql.global_priv where user in ('', 'root');
flush privileges;
create user if not exists superuser@'%' identified by '$PASSWORD';
grant all on *.* to superuser@'%' with grant option;
create user if not exists dunlin@'%' identified by '$PASSWORD';
grant all on \`dunlin\_%\`.* to dunlin@'%';
SQL
}

serve() {
    set --
    if [ "$use" = shared ]; then
        set -- --innodb-flush-log-at-trx-commit=2 --innodb-doublewrite=0
    fi
    become mariadbd --no-defaults --datadir="$home/data" --init-file="$home/setup.sql" \
        --port="$port" --bind-address=127.0.0.1 --socket="$home/sockets/mariadb" --skip-name-resolve \
        --character-set-server=utf8mb4 \
        --max-connections=200 \
        --innodb-buffer-pool-size=64M \
        --innodb-log-file-size=8M \
        --debug-no-sync \
        --skip-log-bin \
        --skip-performance-schema \
        "$@"
}

is_ready() {
    MYSQL_PWD=$PASSWORD mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port="$port" \
        --user=superuser --execute='select 1' >/dev/null 2>&1
}
