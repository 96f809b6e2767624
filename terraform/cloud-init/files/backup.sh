#!/usr/bin/env bash
# Dumps the database and copies the dump to Object Storage. Run nightly by messenger-backup.timer.
# Exits other than 0 unless the newest dump is complete, readable and (where a bucket is set) stored there.
set -euo pipefail
umask 077

home=${MESSENGER_HOME:-/opt/messenger}
# Where the bucket is and how to get in; the values are checked when the file is made.
set -a
# shellcheck disable=SC1091
. "$home/backup.env"
set +a
folder=${DATA_DIRECTORY:-/srv/messenger}/backups
keep_days=${BACKUP_KEEP_DAYS:-30}
keep_local_days=${BACKUP_KEEP_LOCAL_DAYS:-3}

postgres() { docker compose --project-directory "$home" exec -T postgres sh -c "$1"; }

mkdir -p "$folder"
name=messenger-$(date -u +%Y%m%dT%H%M%SZ).dump
partial=$folder/.partial
trap 'rm -f "$partial"' EXIT

# shellcheck disable=SC2016
postgres 'exec pg_dump --format=custom --no-owner -U "$POSTGRES_USER" -d "$POSTGRES_DB"' >"$partial"
# A dump that cannot be listed is none. Not grep -q, which would cut the list off and make its writer fail.
postgres 'exec pg_restore --list' <"$partial" | grep 'TABLE DATA' >/dev/null
mv "$partial" "$folder/$name"

if [ -n "${BACKUP_BUCKET:-}" ]; then
  rclone copyto "$folder/$name" "backup:$BACKUP_BUCKET/messenger/$name"
  rclone delete --min-age "${keep_days}d" --include 'messenger-*.dump' "backup:$BACKUP_BUCKET/messenger"
else
  echo 'backup: BACKUP_BUCKET is not set: this dump is on the data disk only, and lost with it' >&2
fi
find "$folder" -name 'messenger-*.dump' -mtime "+$keep_local_days" -delete
echo "backup: $name, $(stat -c %s "$folder/$name") bytes"
