#!/bin/sh
# Puts a backup back: `restore.sh [--replace] [STAMP]`, the newest whole one when
# none is named. The services must not run meanwhile. A database that has tables
# is left alone unless --replace says to drop them.
set -eu
. "$(dirname "$0")/common.sh"

replace=
if [ "${1:-}" = --replace ]; then
    replace=yes
    shift
fi
stamp=${1:-$(rclone lsf --dirs-only "$target" | grep -E '^[0-9]{8}T[0-9]{6}Z/$' | sort -r |
    while read -r one; do
        if rclone lsf "$target/${one%/}" | grep -qx manifest.json; then
            echo "${one%/}"
            break
        fi
    done)}
[ -n "$stamp" ] || fail "there is no whole backup in $target"
rclone copyto "$target/$stamp/manifest.json" "$work/manifest.json" || fail "$stamp is not whole"

# Everything is looked at before anything is changed, the store of media too: it
# may still be on its way up, and then this is simply begun again.
{ date | rclone rcat "$media/.restore" && rclone deletefile "$media/.restore"; } 2>/dev/null ||
    fail "the store of media takes nothing yet"
for service in $databases; do
    rclone copyto "$target/$stamp/$service.dump" "$work/$service.dump"
    expected=$(jq -r --arg service "$service" '.databases[] | select(.service == $service) | .sha256' "$work/manifest.json")
    sum=$(sha256sum "$work/$service.dump" | cut -d ' ' -f 1)
    [ "$sum" = "$expected" ] || fail "the dump of $service is not what the manifest says"
    tables=$(on "$service" psql -XAtqc "select count(*) from pg_tables where schemaname = 'public'")
    [ "$tables" = 0 ] || [ -n "$replace" ] || fail "the database of $service has tables: --replace drops them"
done

for service in $databases; do
    [ -z "$replace" ] || on "$service" psql -XAtq -v ON_ERROR_STOP=1 \
        -c 'drop schema public cascade' -c 'create schema public' 2>/dev/null
    on "$service" pg_restore --no-owner --no-privileges --single-transaction --exit-on-error \
        --dbname=service=it "$work/$service.dump"
    say "$service is as of $(jq -r --arg service "$service" \
        '.databases[] | select(.service == $service) | .as_of' "$work/manifest.json")"
done
rclone copy --fast-list --size-only "$target/media" "$media"
rclone check --one-way --size-only --fast-list "$target/media" "$media" 2>/dev/null ||
    fail "not every file of the media came back; run it again with --replace"
say "restored: $stamp, $(jq -r '.media.files' "$work/manifest.json") files of media"
