# What the browser tests of the web page need, and how they run; sourced by tests/run. By hand, from bash:
#   source tests/web.sh && prepare_web && cargo build && check_web_types && run_web [PATTERN]
# The packages are installed below target/, once. Needs Node.js and Chromium.
web_directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/web
web_packages=$(dirname "$web_directory")/../target/web-tests

# Installs the packages, unless these versions of them are there.
prepare_web() {
    local wanted
    wanted=$(<"$web_directory/package.json")
    if [[ ! -e $web_packages/installed || $(<"$web_packages/installed") != "$wanted" ]]; then
        rm -rf "$web_packages"
        mkdir -p "$web_packages"
        cp "$web_directory/package.json" "$web_packages/"
        (cd "$web_packages" && npm install --silent --no-audit --no-fund --ignore-scripts)
        printf '%s\n' "$wanted" >"$web_packages/installed"
    fi
    # Modules are looked for in the folders above the file that names them.
    ln --symbolic --force --no-dereference "$(realpath "$web_packages")/node_modules" "$web_directory/node_modules"
}

# Checks the types of the page and of its tests.
check_web_types() {
    local project
    for project in tsconfig.json tsconfig.tests.json; do
        "$web_directory/node_modules/.bin/tsc" --project "$web_directory/$project"
    done
}

# run_web [PATTERN]: runs the tests, or those whose name has the pattern, and says where the screenshots are.
run_web() {
    export TRUEPORT_TEST_PROGRAM=${TRUEPORT_TEST_PROGRAM:-$(realpath "$web_directory/../../target/debug/trueport")}
    export TRUEPORT_TEST_SCREENS=${TRUEPORT_TEST_SCREENS:-$(mktemp --directory)}
    printf 'Screenshots of every page: %s\n' "$TRUEPORT_TEST_SCREENS"
    node --test-reporter=spec --test-reporter-destination=stdout "$web_directory/main.js" "$@"
}
