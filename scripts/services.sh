# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by dev: a private PostgreSQL and Redis in a folder. Their sockets are in a short-named folder below /tmp that
# only their user may enter (a socket's path has 107 bytes at most); with `tcp` they also listen on free loopback ports,
# behind a password. Root cannot run PostgreSQL: then both run as the user postgres.

export LC_ALL=C.UTF-8
unset "${!PG@}" # the caller's PGHOST, PGPORT, … are about other servers
pg_bin=/usr/lib/postgresql/15/bin

# File descriptor 9 is the lock of `run`: what outlives this script must not hold it.
as_owner() {
    if ((EUID == 0)); then
        (cd / && runuser -u postgres -- "$@" 9>&-)
    else
        (cd / && "$@" 9>&-)
    fi
}

# services_folder NAME: prints a folder for lasting data: var/NAME, or, where root's checkout lies below a folder that
# the user postgres cannot enter, one below /var/lib that belongs to this checkout.
services_folder() {
    local folder=$root/var/$1
    mkdir -p "$folder"
    if ((EUID == 0)); then
        chown postgres: "$folder"
        if ! as_owner test -w "$folder" 2>/dev/null; then
            rmdir "$folder" 2>/dev/null || true
            folder=/var/lib/mvpbackend-dev/$(printf '%s' "$root" | sha256sum | cut -c1-12)/$1
            mkdir -p "$folder"
            chown postgres: "$folder"
        fi
    fi
    printf '%s\n' "$folder"
}

temporary_folder() {
    local folder
    folder=$(mktemp -d "/tmp/mvp-$1-XXXXXX")
    if ((EUID == 0)); then chown postgres: "$folder"; fi
    printf '%s\n' "$folder"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}

# services_start FOLDER lasting|throwaway [tcp]: sets DATABASE_URL and REDIS_URL. FOLDER belongs to the services' user.
services_start() {
    local folder=$1 keeping=$2 tcp=${3-} sockets
    services_stop "$folder" # what a killed run left behind
    sockets=$(temporary_folder sockets)
    printf '%s\n' "$sockets" >"$folder/sockets"
    start_postgres
    start_redis
}

# Both use the variables of services_start.
start_postgres() {
    local data=$folder/postgres port=5432 options addresses=
    if [[ ! -e $data/PG_VERSION ]]; then
        rm -rf "$data"
        as_owner "$pg_bin/initdb" -D "$data" -U mvp -E UTF8 --locale=C.UTF-8 --auth-local=trust \
            --auth-host=scram-sha-256 --no-sync >"$folder/initdb.log" || die "initdb failed: see $folder/initdb.log"
    fi
    if [[ $tcp ]]; then
        port=$(free_port)
        addresses=127.0.0.1
    fi
    options="-c listen_addresses=$addresses -p $port -k $sockets -c max_connections=300 -c shared_buffers=256MB"
    if [[ $keeping == throwaway ]]; then options+=" -c fsync=off -c full_page_writes=off"; fi
    as_owner "$pg_bin/pg_ctl" -D "$data" -l "$data/server.log" -o "$options" -w -t 60 start >/dev/null ||
        die "PostgreSQL did not start: see $data/server.log"
    sql() { as_owner "$pg_bin/psql" -qAtX -h "$sockets" -p "$port" -U mvp -d postgres -c "$1"; }
    if [[ ! $(sql "SELECT 1 FROM pg_database WHERE datname = 'mvp'") ]]; then sql "CREATE DATABASE mvp"; fi
    if [[ $tcp ]]; then
        local password
        password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
        sql "ALTER USER mvp PASSWORD '$password'"
        DATABASE_URL="postgresql://mvp:$password@127.0.0.1:$port/mvp"
    else
        DATABASE_URL="postgresql://mvp@/mvp?host=$sockets"
    fi
}

start_redis() {
    local port=0 password=
    if [[ $tcp ]]; then
        port=$(free_port)
        password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    fi
    # A cache needs no file; tests flush it.
    {
        printf '%s\n' "bind 127.0.0.1" "port $port" "unixsocket $sockets/redis.sock" "unixsocketperm 700" \
            'save ""' "appendonly no" "daemonize yes" "dir $sockets" "pidfile $sockets/redis.pid" \
            "logfile $sockets/redis.log"
        if [[ $password ]]; then printf '%s\n' "requirepass $password"; fi
    } >"$sockets/redis.conf"
    if ((EUID == 0)); then chown postgres: "$sockets/redis.conf"; fi
    chmod 600 "$sockets/redis.conf"
    as_owner redis-server "$sockets/redis.conf" >/dev/null
    local tries
    for ((tries = 0; tries < 100; ++tries)); do
        if [[ $(REDISCLI_AUTH=$password redis-cli -s "$sockets/redis.sock" ping 2>/dev/null) == PONG ]]; then
            if [[ $tcp ]]; then
                REDIS_URL="redis://default:$password@127.0.0.1:$port/0"
            else
                REDIS_URL="unix://$sockets/redis.sock?db=0"
            fi
            return
        fi
        sleep 0.1
    done
    die "Redis did not start: see $sockets/redis.log"
}

# Stops what services_start started in FOLDER; nothing to stop is no error.
services_stop() {
    local folder=$1 sockets pid
    [[ -s $folder/sockets ]] || return 0
    sockets=$(<"$folder/sockets")
    if [[ -s $sockets/redis.pid ]]; then
        pid=$(<"$sockets/redis.pid")
        if [[ $(ps -o comm= -p "$pid" 2>/dev/null) == redis-server ]] && kill "$pid" 2>/dev/null; then
            while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
        fi
    fi
    if as_owner "$pg_bin/pg_ctl" -D "$folder/postgres" status >/dev/null 2>&1; then
        as_owner "$pg_bin/pg_ctl" -D "$folder/postgres" -m fast -w stop >/dev/null
    fi
    case $sockets in /tmp/mvp-sockets-*) rm -rf "$sockets" ;; esac
    rm -f "$folder/sockets"
}
