#!/bin/sh
# with-secrets COMMAND...: puts each file of /run/secrets that is named like a variable into the environment, then becomes
# the command. So secrets are in no image, no compose file and no `docker inspect`; an empty file counts as unset.
set -eu
for file in "${SECRETS:-/run/secrets}"/*; do
    name=${file##*/}
    case $name in *[!A-Z0-9_]* | [0-9]*) continue ;; esac
    if [ -f "$file" ] && [ -s "$file" ]; then
        export "$name=$(cat "$file")"
    fi
done
exec "$@"
