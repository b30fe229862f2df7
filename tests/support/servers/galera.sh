# What `supervise.sh` must know of a Galera cluster: two nodes of MariaDB on this machine, both of which take writes.
#
# Both begin as copies of one data directory. The first event of a cluster's life is that its first node is there, the second
# that the other is; neither changes data. So the second node starts from behind the first event, and joins without a
# transfer of state, whose scripts come with packages that no server needs.
#
# Ports 1 and 2 are those for clients, 3 and 4 those on which the nodes talk to each other.
. "$(dirname "$0")/mariadb.sh"
nodes='first second'

prepare() {
    make_data "$home/data/first"
    (become cp -R "$home/data/first" "$home/data/second")
    cluster=$(cat /proc/sys/kernel/random/uuid)
    state first 0
    state second 1
}

# Writes down where in the life of the cluster the data of a node stand.
state() {
    printf 'version: 2.1\nuuid: %s\nseqno: %s\nsafe_to_bootstrap: 1\n' "$cluster" "$2" |
        (become tee "$home/data/$1/grastate.dat") >/dev/null
}

serve() {
    case $1 in
    first) become_node first "$(port 1)" "$(port 3)" --wsrep-new-cluster --wsrep-cluster-address=gcomm:// ;;
    second) become_node second "$(port 2)" "$(port 4)" --wsrep-cluster-address="gcomm://127.0.0.1:$(port 3)" ;;
    esac
}

# Both nodes run on a machine that may have much else to do: a node that is silent for a while is not yet lost.
become_node() {
    name=$1 clients=$2 address=127.0.0.1:$3
    shift 3
    become_mariadbd "$home/data/$name" "$clients" \
        --innodb-flush-log-at-trx-commit=2 \
        --innodb-doublewrite=0 \
        --innodb-autoinc-lock-mode=2 \
        --binlog-format=row \
        --skip-log-bin \
        --wsrep-on=on \
        --wsrep-provider="$PROVIDER" \
        --wsrep-cluster-name=dunlin-tests \
        --wsrep-node-name="$name" \
        --wsrep-node-address="$address" \
        --wsrep-provider-options="gmcast.listen_addr=tcp://$address; gcache.size=8M; evs.suspect_timeout=PT1M; evs.inactive_timeout=PT2M" \
        "$@"
}

# The first is ready when it is a cluster of one, the second when both know that they are two.
is_ready() {
    case $1 in
    first) sees 1 1 ;;
    second) sees 1 2 && sees 2 2 ;;
    esac
}

# Asks whether the node on a port takes part in a cluster of this size.
sees() {
    answer=$(ask "$(port "$1")" "show global status where variable_name in ('wsrep_ready', 'wsrep_cluster_size')")
    [ "$answer" = "$(printf 'wsrep_cluster_size\t%s\nwsrep_ready\tON' "$2")" ]
}
