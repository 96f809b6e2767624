#!/usr/bin/env bash
# Restores a dump: restore latest | restore messenger-….dump | restore /path/of/a/file
# The dump goes into a new database first; only when it is whole do the two change names. The old one stays, as
# messenger_before_<time>, until somebody drops it. The server is down for the change of names alone.
set -euo pipefail
umask 077

home=${MESSENGER_HOME:-/opt/messenger}
# Where the bucket is and how to get in; the values are checked when the file is made.
set -a
# shellcheck disable=SC1091
. "$home/backup.env"
set +a
folder=${DATA_DIRECTORY:-/srv/messenger}/backups
wanted=${1:?usage: restore latest|NAME|FILE}

compose() { docker compose --project-directory "$home" "$@"; }
postgres() { compose exec -T postgres sh -c "$1"; }
# shellcheck disable=SC2016
sql() { postgres 'exec psql -q -v ON_ERROR_STOP=1 -v name="$POSTGRES_DB" -U "$POSTGRES_USER" -d postgres' <<<"$1"; }

names() {
  if [ -n "${BACKUP_BUCKET:-}" ]; then
    rclone lsf --files-only --include 'messenger-*.dump' "backup:$BACKUP_BUCKET/messenger"
  else
    find "$folder" -name 'messenger-*.dump' -printf '%f\n'
  fi
}

if [ "$wanted" = latest ]; then wanted=$(names | sort | tail -n 1); fi
[ -n "$wanted" ] || { echo 'restore: there is no backup' >&2; exit 1; }
file=$wanted
if [ ! -f "$file" ]; then file=$folder/$wanted; fi
if [ ! -f "$file" ]; then
  : "${BACKUP_BUCKET:?no such file, and no bucket is set}"
  rclone copyto "backup:$BACKUP_BUCKET/messenger/$wanted" "$file"
fi

before=messenger_before_$(date -u +%Y%m%d%H%M%S)
sql 'drop database if exists messenger_restoring'
sql 'create database messenger_restoring'
# shellcheck disable=SC2016
postgres 'exec pg_restore --exit-on-error --single-transaction --no-owner -U "$POSTGRES_USER" -d messenger_restoring' <"$file"

serve() { compose up --detach --wait server; }
# Whatever fails from here on, the server comes back, with the one database or the other.
trap serve EXIT
compose stop server
sql "select pg_terminate_backend(pid) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid()" >/dev/null
# Both names change or neither does.
sql "begin; alter database :\"name\" rename to $before; alter database messenger_restoring rename to :\"name\"; commit;"
trap - EXIT
serve
echo "restore: serving ${file##*/}; the database as it was is kept as $before"
