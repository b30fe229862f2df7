#!/bin/sh
# Runs one throw-away database server for as long as some process holds a shared lock on `users.lock`.
#
#     PASSWORD=… supervise.sh <engine> <home> <programs> <port> <account> <use>
#
# <engine>    names the script beside this one that knows the server: `prepare`, `serve`, `is_ready`, `death_signal`
# <home>      where the locks, the data and the log stand
# <programs>  the folders of the server's programs, with colons between
# <port>      a free port of 127.0.0.1
# <account>   who runs the server, or `-` for whoever runs this
# <use>       `shared`, or `killable`: a server that is killed is started again on the same data and port
#
# The file `port` exists while the server answers, and `server` names its process. Whoever holds `users.lock` and sees
# `port` may use the server; who kills it removes `port` first. The exit code is 3 when another supervisor is at work.
set -eu

engine=$1 home=$2 programs=$3 port=$4 account=$5 use=$6
ready_seconds=60
case $use in
shared) pause=1 idle_looks=10 ;;
killable) pause=0.1 idle_looks=100 ;;
esac

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

server=
finish() {
    code=$?
    trap '' HUP INT TERM
    rm -f port server
    if [ -n "$server" ]; then
        kill -s "$death_signal" "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf data sockets
    exit "$code"
}
trap finish EXIT
trap 'exit 0' HUP INT TERM

# Starts the server, and returns when it answers.
start() {
    (serve) &
    server=$!
    tries=0
    until is_ready; do
        if ! kill -0 "$server" 2>/dev/null; then
            # Somebody may hold the port for a moment that the server had before it was killed.
            [ -e server ] || { echo 'the server ended before it was ready'; exit 1; }
            (serve) &
            server=$!
        fi
        tries=$((tries + 1))
        [ "$tries" -lt $((ready_seconds * 10)) ] || { echo "the server is not ready after $ready_seconds s"; exit 1; }
        sleep 0.1
    done
    echo "$server" >server
    echo "$port" >port.new
    mv port.new port
}

rm -rf port server data sockets
mkdir data sockets
chmod 700 data
if [ "$account" != - ]; then
    chown "$account" data sockets
fi

prepare
start

# While the lock is held here nobody can begin to use the server, so it is stopped without letting go in between.
idle=0
while :; do
    sleep "$pause"
    if ! kill -0 "$server" 2>/dev/null; then
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
