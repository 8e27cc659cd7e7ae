# The API as its document describes it: the document is valid OpenAPI 3.1, and a running server answers whatever
# schemathesis makes of it as documented, with real tokens of every tier; sourced by tests/run. By hand, from bash:
#   cargo build && source tests/schemathesis.sh && check_api
# Both programs are installed below target/, once. Needs Python 3.
[[ $(type -t at_exit) == function ]] || source "$(dirname "${BASH_SOURCE[0]}")/at_exit.sh"
[[ $(type -t install_python) == function ]] || source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

api_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
api_programs=$api_root/target/api-checks
api_python=('schemathesis==4.32.5' 'openapi-spec-validator==0.9.0')

# check_api: all of it.
check_api() {
    local trueport=$api_root/target/debug/trueport
    install_python "$api_programs/python" "${api_python[@]}"
    at_exit stop_api
    api_directory=$(mktemp --directory)
    "$trueport" openapi >"$api_directory/openapi.json"
    "$api_programs/python/bin/python" -m openapi_spec_validator --schema 3.1 "$api_directory/openapi.json"

    printf 'SecurePassword123!\n' | "$trueport" admin create --data-dir "$api_directory/data" \
        --email admin@trueport.example --password-stdin --json >/dev/null 2>&1
    "$trueport" serve --data-dir "$api_directory/data" --listen 127.0.0.1:0 --log-format json \
        >"$api_directory/server.log" 2>&1 &
    api_server=$!
    local address
    address=$(api_address)
    "$api_programs/python/bin/python" "$api_root/tests/schemathesis/people.py" "$address" >"$api_directory/people"

    local tier token
    declare -A tokens
    while read -r tier token; do
        tokens[$tier]=$token
    done <"$api_directory/people"

    # Left out is what would take the token away from the calls after it: signing out, and leaving the organization.
    # Everything else may do its worst. The slug that a request may name is the right one;
    # with one made up, nearly everything would end in the same refusal.
    local slug='X-Tenant-Slug: beta-corp'
    explore anonymous '' --include-path-regex '/global/(auth/|tenants/check)|/\.well-known/|/openapi\.json$|z$'
    explore global "${tokens[global]}" --include-path-regex '/global/' --exclude-path-regex '/auth/logout$'
    for tier in viewer member admin; do
        explore "$tier" "${tokens[$tier]}" --header "$slug" --include-path-regex '/service/' --exclude-path-regex '/members/leave$'
    done
    explore owner "${tokens[owner]}" --header "$slug" --include-path-regex '/service/'
    explore platform-admin "${tokens[platform-admin]}" --include-path-regex '/admin/'
    explore service "${tokens[service]}" --include-path-regex '/internal/'
    stop_api
}

# explore TIER TOKEN OPTION...: fails where a reply is not as documented.
explore() {
    local tier=$1 token=$2
    shift 2
    local checks=not_a_server_error,status_code_conformance,content_type_conformance
    checks+=,response_headers_conformance,response_schema_conformance
    local options=(--url "$address" --checks "$checks" --phases examples,coverage,fuzzing --max-examples 8 --seed 20240115
        --no-shrink --continue-on-failure --warnings off --no-color)
    if [[ -n $token ]]; then
        options+=(--header "Authorization: Bearer $token")
    fi
    # It remembers things in the folder that it runs in.
    if (cd "$api_directory" && "$api_programs/python/bin/st" run openapi.json "${options[@]}" "$@" >"$tier.log" 2>&1); then
        printf '%-15s %s\n' "$tier" "$(tail -1 "$api_directory/$tier.log" | tr -d '=')"
    else
        printf 'tests/schemathesis.sh: %s\n' "$tier" >&2
        cat "$api_directory/$tier.log" >&2
        return 1
    fi
}

# Waits until the server says where it listens, and prints it.
api_address() {
    local address
    for ((tries = 0; tries < 600; tries++)); do
        address=$(sed -nE 's,.*"address":"(127\.0\.0\.1:[1-9][0-9]*)".*"serving".*|.*"serving".*"address":"(127\.0\.0\.1:[1-9][0-9]*)".*,http://\1\2,p' "$api_directory/server.log")
        if [[ -n $address ]]; then
            printf '%s\n' "$address"
            return 0
        fi
        kill -0 "$api_server" 2>/dev/null || break
        sleep 0.1
    done
    printf 'tests/schemathesis.sh: the server did not start\n' >&2
    cat "$api_directory/server.log" >&2
    return 1
}

# Stops the server and removes its files; safe to call twice, and after a start that failed.
stop_api() {
    [[ -n ${api_directory:-} ]] || return 0
    if [[ -n ${api_server:-} ]]; then
        kill "$api_server" 2>/dev/null || true
        wait "$api_server" 2>/dev/null || true
    fi
    rm -rf "$api_directory"
    api_directory=
    api_server=
}
