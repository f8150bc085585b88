# shellcheck shell=bash disable=SC2154
# Sourced by dev: `./dev run`.

# The servers' process ids; none before they started.
servers=()

stop_all() {
    trap '' INT TERM HUP
    local server
    if ((${#servers[@]})) && kill -TERM "${servers[@]}" 2>/dev/null; then
        say "Stopping"
        for server in "${servers[@]}"; do
            while kill -0 "$server" 2>/dev/null; do sleep 0.1; done
        done
    fi
    services_stop "$services"
}

# The key that signs tokens, made once, so that log-ins outlive a restart.
secret_key() {
    if [[ ! -s var/secret_key ]]; then
        (umask 077 && od -An -N48 -tx1 /dev/urandom | tr -d ' \n' >var/secret_key)
    fi
    cat var/secret_key
}

wait_until_ready() {
    local tries
    for ((tries = 0; tries < 120; ++tries)); do
        kill -0 "${servers[@]}" 2>/dev/null || die "The server ended; its last words are above."
        if curl -fs -o /dev/null --max-time 2 "http://$address/readyz"; then return; fi
        sleep 0.25
    done
    die "The server did not become ready within 30 seconds."
}

# A session of its own: Ctrl-C reaches this script alone, which then asks the servers to stop, once.
start_server() {
    setsid build/release/mvpbackend serve 9>&- &
    servers+=($!)
}

command_run() {
    local processes=1
    if [[ ${1-} == --processes ]]; then
        processes=${2-}
        shift 2 || shift
    fi
    [[ $processes =~ ^([1-9]|1[0-6])$ && $# == 0 ]] || die "./dev run [--processes N], with N from 1 to 16"
    mkdir -p build var
    exec 9>var/run.lock
    flock -n 9 || die "./dev run is running in this folder already."
    address=${LISTEN:-127.0.0.1:8000}
    if (: <"/dev/tcp/${address%:*}/${address##*:}") 2>/dev/null; then
        die "Something listens on $address already; LISTEN=127.0.0.1:8001 ./dev run takes another port."
    fi
    build release mvpbackend

    say "Starting PostgreSQL and Redis"
    services=$(services_folder run)
    trap stop_all EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    services_start "$services" lasting

    export DATABASE_URL REDIS_URL LISTEN=$address MEDIA_ROOT=${MEDIA_ROOT:-$root/var/media}
    export SECRET_KEY=${SECRET_KEY:-$(secret_key)}
    say "Migrating"
    build/release/mvpbackend migrate 9>&-
    if [[ ! -e $services/seeded ]]; then
        say "Loading demo data"
        build/release/mvpbackend seed --scale 1 9>&- >"$services/seed.part"
        mv "$services/seed.part" "$services/seeded"
    fi

    # Many processes share the connections that PostgreSQL has.
    if ((processes > 1)); then
        export DATABASE_CONNECTIONS=${DATABASE_CONNECTIONS:-$((3 + 100 / (processes * $(nproc))))}
    fi
    while ((${#servers[@]} < processes)); do start_server; done
    wait_until_ready
    cat <<END

mvpBackend serves on http://$address (Ctrl-C stops it and its PostgreSQL and Redis)

$(<"$services/seeded")

Try:  curl -s 'http://$address/api/cars/?page_size=1'

END
    local code=0 server
    for server in "${servers[@]}"; do wait "$server" || code=$?; done
    servers=()
    return "$code"
}
