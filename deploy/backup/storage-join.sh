#!/bin/sh
# Keeps the nodes of the object store together. Their addresses change whenever
# Swarm starts one anew, so each is asked who it is, and each learns of all
# other, every few seconds. Nodes that have no part yet get one; the bucket and
# the key of the site are made when they are missing. All of it may be done
# again at any time.
set -eu

secrets=${WING_SECRETS_DIR:-/run/secrets}
name=${WING_STORAGE_NAME:-tasks.garage}
nodes=${WING_STORAGE_NODES:-3}
capacity=${WING_STORAGE_BYTES:-100000000000}
bucket=${WING_STORAGE_BUCKET:-wing}
say() { printf '{"at":"%s","message":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"; }

headers=$(mktemp)
chmod 600 "$headers"
printf 'Authorization: Bearer %s' "$(cat "$secrets/garage_admin_token")" >"$headers"

# ask ADDRESS PATH [BODY]
ask() {
    if [ $# -eq 3 ]; then
        printf %s "$3" | curl --silent --fail --max-time 10 -H "@$headers" \
            -H 'Content-Type: application/json' --data-binary @- "http://$1:3903$2"
    else
        curl --silent --fail --max-time 10 -H "@$headers" "http://$1:3903$2"
    fi
}

# Ends at the first question that is not answered: what is not known is not
# missing, and nothing is made or changed for it.
together() {
    addresses=$(getent ahostsv4 "$name" | cut -d ' ' -f 1 | sort -u)
    peers='[]'
    first=
    for address in $addresses; do
        # One that is away may still have its name.
        self=$(ask "$address" '/v2/GetNodeInfo?node=self') || continue
        id=$(printf %s "$self" | jq -er '.success | keys[0]') || continue
        peers=$(printf %s "$peers" | jq -c --arg peer "$id@$address:3901" '. + [$peer]')
        first=${first:-$address}
    done
    [ -n "$first" ] || return 0
    for address in $addresses; do
        ask "$address" /v2/ConnectClusterNodes "$peers" >/dev/null || true
    done

    layout=$(ask "$first" /v2/GetClusterLayout) || return 1
    missing=$(printf %s "$peers" | jq -c --argjson layout "$layout" --argjson capacity "$capacity" '
        [.[] | split("@")[0]] - [$layout.roles[].id]
        | map({id: ., zone: .[0:8], capacity: $capacity, tags: []})') || return 1
    known=$(printf %s "$layout" | jq '.roles | length')
    count=$(printf %s "$missing" | jq length)
    # A first layout needs all of its nodes.
    if [ "$count" -gt 0 ] && [ $((known + count)) -ge "$nodes" ]; then
        version=$(printf %s "$layout" | jq '.version + 1')
        ask "$first" /v2/UpdateClusterLayout "{\"roles\":$missing}" >/dev/null || return 1
        ask "$first" /v2/ApplyClusterLayout "{\"version\":$version}" >/dev/null || return 1
        say "$count nodes got their part of the store"
    fi
    [ $((known + count)) -ge "$nodes" ] || return 0

    key=$(cat "$secrets/s3_access_key_id")
    keys=$(ask "$first" /v2/ListKeys) || return 1
    if ! printf %s "$keys" | jq -e --arg key "$key" 'any(.[]; .id == $key)' >/dev/null; then
        ask "$first" /v2/ImportKey "$(jq -nc --arg id "$key" --rawfile secret "$secrets/s3_secret_access_key" \
            '{name: "wing", accessKeyId: $id, secretAccessKey: ($secret | rtrimstr("\n"))}')" >/dev/null || return 1
        say "the key of the site is known to the store"
    fi
    buckets=$(ask "$first" /v2/ListBuckets) || return 1
    if ! printf %s "$buckets" | jq -e --arg name "$bucket" 'any(.[]; any(.globalAliases[]; . == $name))' >/dev/null; then
        ask "$first" /v2/CreateBucket "{\"globalAlias\":\"$bucket\"}" >/dev/null || return 1
        say "the bucket is there"
    fi
    found=$(ask "$first" "/v2/GetBucketInfo?globalAlias=$bucket") || return 1
    if ! printf %s "$found" | jq -e --arg key "$key" '.keys[] | select(.accessKeyId == $key) | .permissions.write' >/dev/null; then
        id=$(printf %s "$found" | jq -r .id)
        ask "$first" /v2/AllowBucketKey \
            "{\"bucketId\":\"$id\",\"accessKeyId\":\"$key\",\"permissions\":{\"read\":true,\"write\":true,\"owner\":false}}" >/dev/null || return 1
        say "the site may read and write it"
    fi
}

trap 'exit 0' TERM INT
while :; do
    together || say "not everybody answered; again soon"
    sleep "${WING_STORAGE_SECONDS:-10}" &
    wait $! || true
done
