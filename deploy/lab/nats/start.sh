#!/bin/sh
# start.sh --config FILE …: nats-server without what Debian's does not know.
set -eu
mkdir -p /tmp/nats
sed '/^ *sync_interval:/d' "$2" >/tmp/nats/wing.conf
shift 2
exec nats-server --config /tmp/nats/wing.conf "$@"
