#!/bin/sh
# Runs one throw-away database server for as long as some process holds a shared lock on `users.lock`.
#
#     PASSWORD=… supervise.sh <engine> <home> <programs> <port> <account>
#
# <engine>    names the script beside this one that knows the server: `prepare`, `serve`, `is_ready`, `death_signal`
# <home>      where the locks, the data and the log stand
# <programs>  the folders of the server's programs, with colons between
# <port>      a free port of 127.0.0.1
# <account>   who runs the server, or `-` for whoever runs this
#
# The file `port` exists while the server answers. Whoever holds `users.lock` and sees it may use the server. The exit
# code is 3 when another supervisor is at work.
set -eu

engine=$1 home=$2 programs=$3 port=$4 account=$5
idle_seconds=10
ready_seconds=60

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
    rm -f port
    if [ -n "$server" ]; then
        kill -s "$death_signal" "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf data sockets
    exit "$code"
}
trap finish EXIT
trap 'exit 0' HUP INT TERM

rm -rf port data sockets
mkdir data sockets
chmod 700 data
if [ "$account" != - ]; then
    chown "$account" data sockets
fi

prepare
(serve) &
server=$!

tries=0
until is_ready; do
    kill -0 "$server" || { echo 'the server ended before it was ready'; exit 1; }
    tries=$((tries + 1))
    [ "$tries" -lt $((ready_seconds * 10)) ] || { echo "the server is not ready after $ready_seconds s"; exit 1; }
    sleep 0.1
done
echo "$port" >port.new
mv port.new port

# While the lock is held here nobody can begin to use the server, so it is stopped without letting go in between.
idle=0
while kill -0 "$server" 2>/dev/null; do
    sleep 1
    if flock --nonblock --exclusive 9; then
        idle=$((idle + 1))
        [ "$idle" -lt "$idle_seconds" ] || exit 0
        flock --unlock 9
    else
        idle=0
    fi
done
echo 'the server ended by itself'
exit 1
