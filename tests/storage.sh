# Servers that speak the protocols of S3 (moto) and Azure Blob Storage (Azurite), for the tests; sourced by tests/run. By
# hand, from bash:
#   source tests/storage.sh && start_storage && cargo nextest run --test it storage exports
# They are installed below target/, once, and end when the shell that started them exits. Needs Python 3 and Node.js.
[[ $(type -t at_exit) == function ]] || source "$(dirname "${BASH_SOURCE[0]}")/at_exit.sh"
[[ $(type -t install_python) == function ]] || source "$(dirname "${BASH_SOURCE[0]}")/programs.sh"

storage_programs=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/target/storage-servers
# With what they need of their optional parts.
storage_python=('moto[s3]==5.2.5' 'flask==3.1.3' 'flask-cors==6.0.5')
storage_node=('azurite@3.35.0')

# Installs the servers, unless these versions of them are there.
install_storage() {
    install_python "$storage_programs/python" "${storage_python[@]}"
    local node=$storage_programs/node
    if [[ ! -e $node/installed || $(<"$node/installed") != "${storage_node[*]}" ]]; then
        rm -rf "$node"
        mkdir -p "$node"
        (cd "$node" && npm install --silent --no-save --no-audit --no-fund "${storage_node[@]}")
        printf '%s\n' "${storage_node[*]}" >"$node/installed"
    fi
}

# storage_address LOG PID: waits until the log of a server names the address that it listens on, and prints it.
storage_address() {
    local log=$1 pid=$2 address
    # It ends early when the server does; the number is for one that hangs.
    for ((tries = 0; tries < 600; tries++)); do
        address=$(sed -nE 's,.*(Running|listens) on (http://127\.0\.0\.1:[1-9][0-9]*).*,\2,p' "$log")
        if [[ -n $address ]]; then
            printf '%s\n' "$address"
            return 0
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    printf 'tests/storage.sh: a server did not start\n' >&2
    cat "$log" >&2
    return 1
}

# Starts both on free ports and exports where they are and with which credentials they are used.
start_storage() {
    install_storage
    at_exit stop_storage
    storage_directory=$(mktemp --directory)
    storage_pids=()
    mkdir "$storage_directory/azurite"
    local node=$storage_programs/node/node_modules/azurite/dist/src/blob/main.js
    local account=trueporttest key
    key=$(head --bytes=32 /dev/urandom | base64)
    # Later versions of the protocol than it knows are served as well.
    AZURITE_ACCOUNTS="$account:$key" node "$node" --blobHost 127.0.0.1 --blobPort 0 --location "$storage_directory/azurite" \
        --silent --skipApiVersionCheck --disableTelemetry >"$storage_directory/azurite.log" 2>&1 &
    storage_pids+=($!)
    # It checks signatures and rights after the first six requests, with which storage_users makes users.
    INITIAL_NO_AUTH_ACTION_COUNT=6 "$storage_programs/python/bin/python" -c 'from moto.server import main; main()' \
        -H 127.0.0.1 -p 0 >"$storage_directory/moto.log" 2>&1 &
    storage_pids+=($!)

    local azure s3 users
    azure=$(storage_address "$storage_directory/azurite.log" "${storage_pids[0]}")
    s3=$(storage_address "$storage_directory/moto.log" "${storage_pids[1]}")
    users=$(storage_users "$s3")
    export TRUEPORT_TEST_AZURE_ENDPOINT=$azure/$account TRUEPORT_TEST_AZURE_ACCOUNT=$account TRUEPORT_TEST_AZURE_KEY=$key
    export TRUEPORT_TEST_S3_ENDPOINT=$s3
    # Each an access key id and a secret access key: of somebody who may do everything, and of one who may only read.
    read -r TRUEPORT_TEST_S3_KEYS TRUEPORT_TEST_S3_READER_KEYS <<<"$users"
    export TRUEPORT_TEST_S3_KEYS TRUEPORT_TEST_S3_READER_KEYS
}

# storage_users ENDPOINT: makes two users of S3 and prints their keys, "id:secret" each.
storage_users() {
    "$storage_programs/python/bin/python" - "$1" <<'PYTHON'
import boto3, json, sys

anybody = {"aws_access_key_id": "anybody", "aws_secret_access_key": "anything", "region_name": "us-east-1"}
iam = boto3.client("iam", endpoint_url=sys.argv[1], **anybody)
for name, actions in [("owner", "s3:*"), ("reader", "s3:GetObject")]:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="storage", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    print(key["AccessKeyId"], key["SecretAccessKey"], sep=":", end=" ")
PYTHON
}

# Stops them and removes their files; safe to call twice, and after a start that failed.
stop_storage() {
    [[ -n ${storage_directory:-} ]] || return 0
    local pid
    for pid in "${storage_pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$storage_directory"
    storage_directory=
    unset "${!TRUEPORT_TEST_S3_@}" "${!TRUEPORT_TEST_AZURE_@}"
}
