#!/bin/sh
# Runs nginx on the configuration given, /etc/nginx/nginx.conf when none is, with
# each name of an upstream replaced by the addresses it stands for. nginx looks
# names up once and does not start with one that nobody knows; replicas come and
# go. So they are looked up again every few seconds, and nginx reads its
# configuration anew when they have changed, which breaks no connection. Whose
# name nobody knows has no replica now: its paths answer 503, all others go on.
set -eu

template=${1:-/etc/nginx/nginx.conf}
every=${WING_EDGE_RESOLVE_SECONDS:-3}
home=${WING_EDGE_HOME:-/tmp/edge}
mkdir -p "$home"
current=$home/nginx.conf

render() {
    awk '
        /^ *server [a-z][a-z0-9.-]*:[0-9]+ / {
            split($2, at, ":")
            rest = substr($0, index($0, $3))
            lookup = "getent ahostsv4 " at[1] " | cut -d \" \" -f 1 | sort -u"
            count = 0
            while ((lookup | getline address) > 0) {
                print "        server " address ":" at[2] " " rest
                count++
            }
            close(lookup)
            # Where nobody listens.
            if (count == 0) print "        server 127.0.0.1:9 " rest
            next
        }
        { print }
    ' "$template"
}

render >"$current"
nginx -c "$current" &
nginx=$!
# What was begun is finished first.
trap 'nginx -s quit -c "$current"' TERM INT QUIT

while kill -0 "$nginx" 2>/dev/null; do
    sleep "$every" &
    wait $! || true
    render >"$current.next"
    if ! cmp -s "$current" "$current.next"; then
        mv "$current.next" "$current"
        # One that was refused leaves the one before in place.
        nginx -s reload -c "$current" || true
    fi
done
wait "$nginx"
