# A private PostgreSQL server for the tests; sourced by tests/run. By hand, from bash:
#   source tests/postgres.sh && start_postgres && cargo nextest run --test it
# The server ends and its files go when the shell that started it exits.
[[ $(type -t at_exit) == function ]] || source "$(dirname "${BASH_SOURCE[0]}")/at_exit.sh"

# Prints the folder of the newest installed server programs; fails when there are none.
postgres_programs() {
    local directory
    for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse) \
        "$(dirname "$(readlink -f "$(command -v initdb || true)")")"; do
        if [[ -x $directory/initdb && -x $directory/pg_ctl && -x $directory/postgres ]]; then
            printf '%s\n' "$directory"
            return 0
        fi
    done
    return 1
}

# Runs a server program as a user it accepts: the server refuses to run as root.
as_postgres_user() {
    (
        # The other user may not enter the present folder.
        cd "$postgres_directory"
        if ((EUID != 0)); then
            "$@"
        elif id postgres >/dev/null 2>&1; then
            runuser -u postgres -- "$@"
        else
            runuser -u nobody -- "$@"
        fi
    )
}

# Starts the server and exports TRUEPORT_TEST_POSTGRES_URL.
start_postgres() {
    local programs
    programs=$(postgres_programs)
    # Not in $TMPDIR: it may be closed to other users, and a socket's path is limited to about a hundred bytes.
    postgres_directory=$(mktemp --directory /tmp/trueport-postgres.XXXXXX)
    postgres_control=$programs/pg_ctl
    at_exit stop_postgres
    if ((EUID == 0)); then
        chown "$(id --user postgres 2>/dev/null || id --user nobody)" "$postgres_directory"
    fi

    local options=(--pgdata="$postgres_directory/data" --username=trueport --auth=trust --encoding=UTF8 --locale=C --no-sync)
    # Installations usually sort text by the rules of a language, and SQLite does not: with such an order here, a
    # query that relies on the order of bytes and does not say so fails in the tests.
    if [[ $(as_postgres_user "$programs/initdb" --help) == *--icu-locale* ]]; then
        options+=(--locale-provider=icu --icu-locale=en-US)
    fi
    as_postgres_user "$programs/initdb" "${options[@]}" >"$postgres_directory/initdb.log" 2>&1 || {
        cat "$postgres_directory/initdb.log" >&2
        return 1
    }
    cat >>"$postgres_directory/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$postgres_directory'
port = 5432
max_connections = 200
fsync = off
full_page_writes = off
SETTINGS
    as_postgres_user "$postgres_control" start --wait --silent --pgdata="$postgres_directory/data" \
        --log="$postgres_directory/data/server.log" || {
        cat "$postgres_directory/data/server.log" >&2
        return 1
    }
    export TRUEPORT_TEST_POSTGRES_URL="postgres:///postgres?host=$postgres_directory&port=5432&user=trueport"
}

# Stops the server, removes its files; safe to call twice, and after a start that failed.
stop_postgres() {
    [[ -n ${postgres_directory:-} ]] || return 0
    if [[ -e $postgres_directory/data/postmaster.pid ]]; then
        as_postgres_user "$postgres_control" stop --silent --mode=immediate --pgdata="$postgres_directory/data" || true
    fi
    rm -rf "$postgres_directory"
    postgres_directory=
    unset TRUEPORT_TEST_POSTGRES_URL
}
