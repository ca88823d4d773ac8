# What backup and restore have in common. Secrets are read from files, as Swarm
# gives them, and go on as settings of a program, never as its arguments.

secrets=${WING_SECRETS_DIR:-/run/secrets}
# One for each service, those that lean on others first: what they refer to is
# then in a copy that was made later.
databases=${WING_BACKUP_DATABASES:?the names of the services, the last in the chain first}
target=${WING_BACKUP_TARGET:-/backup}
media=${WING_MEDIA_URL:-s3://wing}

say() { printf '{"at":"%s","message":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"; }
fail() { say "failed: $1" >&2; exit 1; }
secret() { cat "$secrets/$1"; }

# Sets what rclone calls a remote: name, address, region, key, secret.
remote() {
    export "RCLONE_CONFIG_$1_TYPE=s3" "RCLONE_CONFIG_$1_PROVIDER=Other" \
        "RCLONE_CONFIG_$1_ENDPOINT=$2" "RCLONE_CONFIG_$1_REGION=$3" \
        "RCLONE_CONFIG_$1_FORCE_PATH_STYLE=true" "RCLONE_CONFIG_$1_NO_CHECK_BUCKET=true" \
        "RCLONE_CONFIG_$1_ACCESS_KEY_ID=$4" "RCLONE_CONFIG_$1_SECRET_ACCESS_KEY=$5"
}

export RCLONE_CONFIG=/dev/null RCLONE_STATS=0 RCLONE_RETRIES=5
remote MEDIA "${WING_S3_ENDPOINT:?where the media are}" "${WING_S3_REGION:-garage}" \
    "$(secret s3_access_key_id)" "$(secret s3_secret_access_key)"
media=MEDIA:${media#s3://}
case $target in
s3://*)
    remote KEPT "${WING_BACKUP_S3_ENDPOINT:?where backups go}" "${WING_BACKUP_S3_REGION:-us-east-1}" \
        "$(secret backup_s3_access_key_id)" "$(secret backup_s3_secret_access_key)"
    target=KEPT:${target#s3://}
    ;;
esac

# Runs a program of PostgreSQL on the database of a service. The address goes
# into a file that only we read.
on() {
    service=$1
    shift
    url=$(secret "${service}_database_url")
    rest=${url#*://}
    who=${rest%@*}
    place=${rest##*@}
    host=${place%%/*}
    name=${place#*/}
    case $host in
    *:*) port=${host##*:} host=${host%:*} ;;
    *) port=5432 ;;
    esac
    umask 077
    printf '[it]\nhost=%s\nport=%s\ndbname=%s\nuser=%s\npassword=%s\n' \
        "$host" "$port" "${name%%\?*}" "${who%%:*}" "${who#*:}" >"$work/service.conf"
    PGSERVICEFILE=$work/service.conf PGSERVICE=it "$@"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
