#!/bin/sh
# Runs one throw-away server for as long as some process holds a shared lock on `users.lock`.
#
#     PASSWORD=… [IDLE_SECONDS=…] supervise.sh <engine> <home> <programs> <ports> <account> <use>
#
# <engine>    names the script beside this one that knows the server: `nodes`, `prepare`, `serve`, `is_ready`, `death_signal`
# <home>      where the locks, the data and the log stand
# <programs>  the folders of the server's programs, with colons between
# <ports>     free ports of 127.0.0.1, as many as the engine needs
# <account>   who runs the server, or `-` for whoever runs this
# <use>       `shared`, or `killable`: a server that is killed is started again on the same data and ports
#
# The file `ports` exists while the server answers, and `server` names its processes. Whoever holds `users.lock` and sees
# `ports` may use the server; who kills it removes `ports` first. The exit code is 3 when another supervisor is at work.
set -eu

engine=$1 home=$2 programs=$3 ports=$4 account=$5 use=$6
ready_seconds=60
case $use in
shared) looks_a_second=1 pause=1 ;;
killable) looks_a_second=10 pause=0.1 ;;
esac
idle_looks=$((${IDLE_SECONDS:-10} * looks_a_second))

# Prints one of the ports, by its number.
port() {
    echo "$ports" | cut -d' ' -f"$1"
}

# The processes of the server, in the order in which they are started: `serve` and `is_ready` get the name of one.
nodes=server
PATH=$programs:$PATH
. "$(dirname "$0")/$engine.sh"

umask 022
cd "$home"
exec 8>>supervisor.lock
flock --timeout 1 8 || exit 3
exec 9>>users.lock
exec >log 2>&1

# Becomes the given program. It dies with this process, even if that is killed with SIGKILL, and holds none of its locks.
become() {
    exec 8>&- 9>&-
    if [ "$account" != - ]; then
        set -- --reuid="$account" --regid="$(id -g "$account")" --clear-groups "$@"
    fi
    exec setpriv --pdeathsig "$death_signal" "$@"
}

servers=
finish() {
    code=$?
    trap '' HUP INT TERM
    rm -f ports server
    for server in $servers; do
        kill -s "$death_signal" "$server" 2>/dev/null || true
    done
    for server in $servers; do
        wait "$server" || true
    done
    rm -rf data sockets
    exit "$code"
}
trap finish EXIT
trap 'exit 0' HUP INT TERM

# Starts the server, and returns when all of it answers.
start() {
    servers=
    for node in $nodes; do
        start_node "$node"
    done
    echo "$servers" >server
    echo "$ports" >ports.new
    mv ports.new ports
}

start_node() {
    others=$servers
    (serve "$1") &
    server=$!
    servers="$others $server"
    tries=0
    until is_ready "$1"; do
        if ! kill -0 "$server" 2>/dev/null; then
            # Somebody may hold the port for a moment that the server had before it was killed.
            [ -e server ] || { echo "the $1 ended before it was ready"; exit 1; }
            (serve "$1") &
            server=$!
            servers="$others $server"
        fi
        tries=$((tries + 1))
        [ "$tries" -lt $((ready_seconds * 10)) ] || { echo "the $1 is not ready after $ready_seconds s"; exit 1; }
        sleep 0.1
    done
}

runs() {
    for server in $servers; do
        kill -0 "$server" 2>/dev/null || return 1
    done
}

rm -rf ports server data sockets
mkdir data sockets
chmod 700 data
if [ "$account" != - ]; then
    chown "$account" data sockets
fi

prepare
start

# While the lock is held here nobody can begin to use the server, so it is stopped without letting go in between. What sleeps
# holds no lock: it would outlive a supervisor that is killed.
idle=0
while :; do
    sleep "$pause" 8>&- 9>&-
    if ! runs; then
        [ "$use" = killable ] || { echo 'the server ended by itself'; exit 1; }
        start
    fi
    if flock --nonblock --exclusive 9; then
        idle=$((idle + 1))
        [ "$idle" -lt "$idle_looks" ] || exit 0
        flock --unlock 9
    else
        idle=0
    fi
done
