#!/bin/sh
# Makes the cluster, its account and its database from the variables that the
# official image knows, then serves.
set -eu

mkdir -p "$PGDATA" /var/run/postgresql
chown postgres: "$PGDATA" "$(dirname "$PGDATA")" /var/run/postgresql
chmod 700 "$PGDATA"
as() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    as initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C.UTF-8 -D "$PGDATA"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    as pg_ctl -D "$PGDATA" -w -o "-h ''" start
    as createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
    as pg_ctl -D "$PGDATA" -w stop
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups "$@" -h '*'
