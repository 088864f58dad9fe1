#!/bin/sh
# make-secrets.sh [FOLDER]: the secrets of compose.yaml, a file each. Passwords of MongoDB, PostgreSQL, Redis and
# Grafana are made here, and tokens for the web app's server, Prometheus and the admin page; the keys are yours to write.
# What is there already stays as it is.
set -eu
umask 022
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The folder keeps others out. The files below it are open, since each container reads them as a user of its own.
chmod 700 "$folder"
mkdir -p "$folder/runs" "$folder/servers" "$folder/api"

password() { od -An -tx1 -N24 /dev/urandom | tr -d ' \n'; }
make() { [ -e "$1" ] || printf '%s' "$2" >"$1"; }

make "$folder/servers/postgres_password" "$(password)"
make "$folder/servers/mongodb_root_password" "$(password)"
make "$folder/servers/mongodb_password" "$(password)"
make "$folder/servers/redis_password" "$(password)"
make "$folder/servers/grafana_password" "$(password)"
postgres=$(cat "$folder/servers/postgres_password")
mongodb=$(cat "$folder/servers/mongodb_password")
redis=$(cat "$folder/servers/redis_password")
make "$folder/runs/ASTRA_DAGSTER_POSTGRES_URL" "postgresql://dagster:$postgres@postgres:5432/dagster"
make "$folder/runs/MONGODB_URI" "mongodb://astra:$mongodb@mongodb:27017/?replicaSet=astra&authSource=admin"
make "$folder/runs/ASTRA_CELERY_URL" "redis://:$redis@redis:6379/0"
for key in ELEVENLABS_API_KEY ELEVENLABS_WEBHOOK_SECRETS JULEP_API_KEY OPENAI_API_KEY ASTRA_ALERT_WEBHOOK_URL ASTRA_ALERT_JSON_URL; do
    make "$folder/runs/$key" ""
done
make "$folder/api/ASTRA_API_TOKENS" "$(password)"
make "$folder/api/ASTRA_METRICS_TOKEN" "$(password)"
make "$folder/api/ASTRA_ADMIN_TOKEN" "$(password)"
for key in ASTRA_INITIATION_SECRETS BETTER_AUTH_SECRET BETTER_AUTH_SECRETS AUTH_SECRET ASTRA_SESSION_OLD_SECRETS; do
    make "$folder/api/$key" ""
done
echo "SECRETS_DIR=$(cd "$folder" && pwd)"
