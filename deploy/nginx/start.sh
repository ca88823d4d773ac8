#!/bin/sh
# Runs nginx on the configuration given, with each name of an upstream replaced
# by the addresses it stands for. nginx looks names up once and does not start
# with one that nobody knows; replicas come and go. So they are looked up again
# every few seconds, and nginx reads its configuration anew when they have
# changed, which breaks no connection. Whose name nobody ever knew has no replica
# yet: its paths answer 503, all others go on. Whose name is not known any more
# stays where it was, since a resolver may be away for a moment, too. Until when
# the certificate is good is written where the edge's metrics have it, so that one
# that was replaced in its place is taken up as well.
#
# Given none, it takes the one beside this file: with TLS where there is a
# certificate among the secrets.
set -eu

here=$(dirname "$0")
if [ -r /run/secrets/tls_certificate ]; then
    template=${1:-$here/nginx-tls.conf}
else
    template=${1:-$here/nginx.conf}
fi
every=${WING_EDGE_RESOLVE_SECONDS:-3}
# Passes TCP connections through. Part of nginx in its own image; Debian has it apart.
stream=${WING_EDGE_STREAM_MODULE:-/usr/lib/nginx/modules/ngx_stream_module.so}
home=${WING_EDGE_HOME:-/tmp/edge}
mkdir -p "$home"
current=$home/nginx.conf

render() {
    if [ -e "$stream" ] && grep -q '^stream {' "$template"; then
        echo "load_module $stream;"
    fi
    awk -v known="$home/known" '
        BEGIN {
            while ((getline line < known) > 0) {
                split(line, pair, " ")
                before[pair[1]] = before[pair[1]] " " pair[2]
            }
            close(known)
        }
        function addresses(name,    found, address, lookup) {
            if (name in now) return now[name]
            lookup = "getent ahostsv4 " name " | cut -d \" \" -f 1 | sort -u"
            found = ""
            while ((lookup | getline address) > 0) found = found " " address
            close(lookup)
            if (found == "") found = before[name]
            now[name] = found
            return found
        }
        /^ *server [a-z][a-z0-9.-]*:[0-9]+ / {
            split($2, at, ":")
            rest = substr($0, index($0, $3))
            count = split(addresses(at[1]), list, " ")
            for (i = 1; i <= count; i++) print "        server " list[i] ":" at[2] " " rest
            # Where nobody listens.
            if (count == 0) print "        server 127.0.0.1:9 " rest
            next
        }
        /^ *default 0; # of / {
            asked = "end=$(openssl x509 -noout -enddate -dateopt iso_8601 -in \047" $5 "\047 2>/dev/null)" \
                " && end=${end#*=} && date -u -d \"${end%Z}\" +%s"
            if ((asked | getline until) <= 0) until = 0
            close(asked)
            print "        default " until ";"
            next
        }
        { print }
        END {
            printf "" > known
            for (name in now) {
                count = split(now[name], list, " ")
                for (i = 1; i <= count; i++) print name, list[i] > known
            }
        }
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
