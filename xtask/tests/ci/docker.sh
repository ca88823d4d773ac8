#!/bin/sh
# Stands in for Docker and its Swarm: notes its arguments, and answers from the
# files of $FAKE_DOCKER. services/NAME/update holds the states that an update of
# the service goes through, one for each time somebody looks; services/NAME/ps
# what is said of its tasks.
set -eu
cd "$FAKE_DOCKER"
echo "$*" >>calls

# Begins to go through states.
begin() {
    if [ -f "services/$1/$2" ]; then
        cp "services/$1/$2" "services/$1/states"
    else
        printf '%s\n' "$3" "$4" >"services/$1/states"
    fi
}

# Prints one service as JSON, and goes on to its next state.
inspect() {
    dir=services/$1
    state=$(head -n 1 "$dir/states")
    [ "$(wc -l <"$dir/states")" -le 1 ] || sed -i 1d "$dir/states"
    [ "$state" != rollback_completed ] || cp "$dir/previous" "$dir/image"
    printf '{"Spec": {"Name": "%s", "Mode": {"Replicated": {"Replicas": 2}},' "$1"
    printf '"TaskTemplate": {"ContainerSpec": {"Image": "%s"}}},' "$(cat "$dir/image")"
    printf '"UpdateStatus": {"State": "%s", "Message": "update %s"}}' "$state" "$state"
}

case "$1 ${2-}" in
"stack config")
    echo "${WING_PUBLIC_URL-}" >public_url
    cat config.yml
    ;;
"stack deploy")
    while [ $# -gt 0 ]; do
        [ "$1" != --compose-file ] || file=$2
        stack=$1
        shift
    done
    cp "$file" overlay.json
    awk -F'"' '/": \{/ { name = $2 } /"image"/ { print name, $4 }' overlay.json |
        while read -r name image; do
            dir=services/${stack}_$name
            mkdir -p "$dir"
            echo "$image" >"$dir/image"
            [ -f "$dir/states" ] || echo >"$dir/states"
        done
    ;;
"service ls")
    for dir in "services/${4##*=}_"*; do
        [ -f "$dir/image" ] || continue
        case "$*" in
        *Replicas*) echo "${dir#services/} $(cat "$dir/replicas" 2>/dev/null || echo 2/2)" ;;
        *) echo "${dir#services/}" ;;
        esac
    done
    ;;
"service inspect")
    shift 2
    printf '['
    comma=
    for name; do
        printf '%s' "$comma"
        inspect "$name"
        comma=,
    done
    printf ']\n'
    ;;
"service update")
    while [ $# -gt 0 ]; do
        [ "$1" != --image ] || image=$2
        name=$1
        shift
    done
    if [ -f "services/$name/refuses" ]; then
        cat "services/$name/refuses" >&2
        exit 1
    fi
    cp "services/$name/image" "services/$name/previous"
    echo "$image" >"services/$name/image"
    begin "$name" update updating completed
    ;;
"service rollback")
    begin "$4" rollback rollback_started rollback_completed
    ;;
"service ps")
    while [ $# -gt 1 ]; do shift; done
    cat "services/$1/ps" 2>/dev/null || true
    ;;
"push --quiet")
    [ -z "${DOCKER_CONFIG-}" ] || cat "$DOCKER_CONFIG/config.json" >>credentials
    ;;
*)
    echo "docker.sh does not know: $*" >&2
    exit 1
    ;;
esac
