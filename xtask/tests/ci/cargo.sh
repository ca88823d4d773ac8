#!/bin/sh
# Stands in for cargo where images would be built; all else is for the real one.
set -eu
if [ "$1 ${2-}" != "xtask images" ]; then
    exec "$REAL_CARGO" "$@"
fi
echo "$*" >>"$FAKE_DOCKER/calls"
# xtask images --only NAMES --registry REGISTRY
mkdir -p "$CARGO_TARGET_DIR/images"
echo "$4" | tr , '\n' | awk -v registry="$6" '
    BEGIN { print "[" }
    { printf "%s{\"name\": \"%s\", \"reference\": \"%s/wing-%s:0.1.0-new\", \"id\": \"sha256:%s\", \"bytes\": 9}\n", comma, $0, registry, $0, $0; comma = "," }
    END { print "]" }' >"$CARGO_TARGET_DIR/images/report.json"
