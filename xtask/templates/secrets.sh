#!/bin/sh
# Made by `cargo xtask stack` from the list of services in crates/edge; a test holds
# this file to it. Change the list or xtask/templates/secrets.sh.
#
# Makes the secrets of a stack, on a manager. Those that are there already stay as
# they are, so it may be run again, with what was missing the first time.
#
#     sh deploy/swarm/secrets.sh CERTIFICATE KEY{% for service in services if service.outside %} [{{ service.name | upper }}_DATABASE]{% endfor %}
#     sh deploy/swarm/secrets.sh --monolith CERTIFICATE KEY
#
# All are files: the certificate with its chain and its private key (PEM), and for
# each database outside the Swarm one that holds its address, postgres://… Without
# it, an address for deploy/swarm/user-db.yml is made. With --monolith they are
# what stack.monolith.yml needs. Names begin with WING_ENV, wing when there is none.
# Nothing is written to a file, and no value is an argument of a program, which
# others could list.
set -eu

shape=services
if [ "${1:-}" = --monolith ]; then
    shape=monolith
    shift
fi
name=${WING_ENV:-wing}
certificate=${1:?the file of the certificate}
key=${2:?the file of its private key}
{%- for service in services if service.outside %}
{{ service.name }}_database=${{ "{" }}{{ loop.index + 2 }}:-}
{%- endfor %}

random() { openssl rand -hex "$1" | tr -d '\n'; }

there() { docker secret inspect "${name}_$1" >/dev/null 2>&1; }

# make NAME: the value comes in.
make() {
    if there "$1"; then
        cat >/dev/null
        echo "there already: ${name}_$1"
    else
        docker secret create "${name}_$1" - >/dev/null
        echo "made: ${name}_$1"
    fi
}

# pair ONE OTHER: two secrets that hold the same password are made together.
pair() {
    if there "$1" && there "$2"; then
        echo "there already: ${name}_$1 ${name}_$2"
        return 1
    fi
    if there "$1" || there "$2"; then
        echo "one of ${name}_$1 and ${name}_$2 is missing; remove the other and try again" >&2
        exit 1
    fi
}

# database PREFIX HOST NAME: one in the Swarm; both secrets begin with the prefix.
database() {
    if pair "$1database_url" "$1database_password"; then
        password=$(random 16)
        printf 'postgres://wing:%s@%s:5432/%s' "$password" "$2" "$3" | make "$1database_url"
        printf %s "$password" | make "$1database_password"
    fi
}

openssl genpkey -algorithm ed25519 | make signing_key
make tls_certificate <"$certificate"
make tls_key <"$key"
if [ "$shape" = monolith ]; then
    database '' wing-db wing
    exit
fi

random 32 | make service_secret
printf 'GK%s' "$(random 12)" | make s3_access_key_id
random 32 | make s3_secret_access_key
random 32 | make garage_rpc_secret
random 32 | make garage_admin_token
random 16 | make grafana_password
if pair nats_url nats_accounts; then
    password=$(random 16)
    printf 'nats://wing:%s@nats:4222' "$password" | make nats_url
    printf 'authorization { user: wing, password: "%s" }\n' "$password" | make nats_accounts
fi
{%- for service in services if service.inside %}
database {{ service.name }}_ {{ service.name }}-db wing_{{ service.name }}
{%- endfor %}
{%- for service in services if service.outside %}
if [ -n "${{ "{" }}{{ service.name }}_database}" ]; then
    make {{ service.name }}_database_url <"${{ "{" }}{{ service.name }}_database}"
else
    database {{ service.name }}_ {{ service.name }}-db wing_{{ service.name }}
fi
{%- endfor %}
