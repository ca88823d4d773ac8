#!/bin/sh
# Copies the databases and the media of a running site.
#
# What comes out is as of the moment that the manifest names for each database:
# PostgreSQL dumps what was committed when the dump began. Media are copied
# afterwards, and since a stored file never changes and is written before the
# row that names it, whatever a dump names is there. The manifest is written
# last: a backup without one is not whole and is never restored.
set -eu
. "$(dirname "$0")/common.sh"

stamp=$(date -u +%Y%m%dT%H%M%SZ)
list=
for service in $databases; do
    # Or a stack that waits to be restored would become its own newest backup.
    tables=$(on "$service" psql -XAtqc "select count(*) from pg_tables where schemaname = 'public'")
    [ "$tables" -gt 0 ] || fail "the database of $service is empty: nothing to copy"
    at=$(on "$service" psql -XAtqc "select to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    on "$service" pg_dump --format=custom --no-owner --no-privileges --file="$work/$service.dump"
    bytes=$(stat -c %s "$work/$service.dump")
    sum=$(sha256sum "$work/$service.dump" | cut -d ' ' -f 1)
    list="$list$service $at $bytes $sum
"
    rclone copyto "$work/$service.dump" "$target/$stamp/$service.dump"
    rm "$work/$service.dump"
    say "$service: $bytes bytes as of $at"
done

rclone copy --immutable --fast-list --size-only "$media" "$target/media"
size=$(rclone size --json "$target/media")
say "media: $(printf %s "$size" | jq -r '"\(.count) files, \(.bytes) bytes"')"

printf %s "$list" | jq --raw-input --slurp --arg stamp "$stamp" --argjson media "$size" '{
    stamp: $stamp,
    databases: [split("\n")[] | select(length > 0) | split(" ") |
        {service: .[0], as_of: .[1], bytes: (.[2] | tonumber), sha256: .[3]}],
    media: {files: $media.count, bytes: $media.bytes}
}' >"$work/manifest.json"
rclone copyto "$work/manifest.json" "$target/$stamp/manifest.json"

# The oldest go; media stay, since a later backup may name them too.
keep=${WING_BACKUP_KEEP:-14}
rclone lsf --dirs-only "$target" | grep -E '^[0-9]{8}T[0-9]{6}Z/$' | sort -r | tail -n "+$((keep + 1))" |
    while read -r old; do
        rclone purge "$target/${old%/}"
        say "dropped ${old%/}"
    done
say "whole: $stamp"
