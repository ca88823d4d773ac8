#!/bin/sh
# Makes a backup now and then, and says on /metrics when one last succeeded.
set -eu

here=$(dirname "$0")
every=${WING_BACKUP_SECONDS:-86400}
pages=$(mktemp -d)

report() {
    cat >"$pages/next" <<METRICS
# HELP wing_backup_last_success_timestamp_seconds When the last backup was whole, in seconds since 1970; 0 before the first.
# TYPE wing_backup_last_success_timestamp_seconds gauge
wing_backup_last_success_timestamp_seconds $succeeded
# HELP wing_backup_failures_total Backups that failed since the start.
# TYPE wing_backup_failures_total counter
wing_backup_failures_total $failures
METRICS
    mv "$pages/next" "$pages/metrics"
}

succeeded=0
failures=0
report
RCLONE_CONFIG=/dev/null rclone serve http --addr :8080 --dir-cache-time 1s --log-level ERROR "$pages" &
trap 'kill %1 2>/dev/null; exit 0' TERM INT

while :; do
    if sh "$here/backup.sh"; then
        succeeded=$(date +%s)
        pause=$every
    else
        failures=$((failures + 1))
        # Soon again: a database may only have been on its way up.
        pause=$((every < 300 ? every : 300))
    fi
    report
    sleep "$pause" &
    wait $! || true
done
