# Programs of others that the tests need, installed once; sourced by the scripts that need them.

# install_python FOLDER PACKAGE...: makes a Python environment of these packages in the folder, unless it is there.
install_python() {
    local folder=$1
    shift
    if [[ -e $folder/installed && $(<"$folder/installed") == "$*" ]]; then
        return 0
    fi
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    printf '%s\n' "$*" >"$folder/installed"
}
