#!/usr/bin/env bash
# Starts or stops the stack of this VM: data disk, PostgreSQL, server. Run by messenger.service; safe to repeat.
# No data is ever written to the boot disk: without the data disk's mount nothing starts.
set -Eeuo pipefail

home=${MESSENGER_HOME:-/opt/messenger}
data=${DATA_DIRECTORY:-/srv/messenger}
# The serial number that the hand-over gives the disk when it attaches it.
device=${DATA_DEVICE:-/dev/disk/by-id/virtio-messenger-data}

log() { echo "stack: $*" >&2; }
compose() { docker compose --project-directory "$home" "$@"; }

wait_for_device() {
  local waited=0
  until [ -e "$device" ]; do
    [ "$waited" -lt "${DEVICE_TIMEOUT:-60}" ] || { log "no data disk at $device"; return 1; }
    waited=$((waited + 1))
    sleep 1
  done
}

# blkid says 2 for "nothing recognised"; every other failure means "cannot tell", and then nothing is formatted.
format_if_empty() {
  local found=0
  blkid -p "$device" >/dev/null || found=$?
  case $found in
    0) ;;
    2) log "formatting the empty disk $device"; mkfs.ext4 -q -L messenger-data "$device" ;;
    *) log "cannot tell what is on $device (blkid: $found): not touching it"; return 1 ;;
  esac
}

mount_data() {
  mountpoint -q "$data" && return
  wait_for_device
  format_if_empty
  mkdir -p "$data"
  mount -o noatime "$device" "$data"
  # Grows the file system after the disk has grown; nothing to do otherwise.
  resize2fs "$device" >/dev/null 2>&1 || true
}

# The containers need nothing of the cloud's metadata service, and that one serves this VM's secrets.
close_metadata() {
  iptables -C DOCKER-USER -d 169.254.169.254 -j DROP 2>/dev/null || iptables -I DOCKER-USER -d 169.254.169.254 -j DROP
}

# The cluster remembers the password it was created with; this makes it the one of .env, so that it can be changed.
# psql reads it from the container's environment: it is in no argument list and in no log.
set_password() {
  # shellcheck disable=SC2016
  compose exec -T postgres sh -c 'exec psql -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' <<'SQL'
\getenv name POSTGRES_USER
\getenv password POSTGRES_PASSWORD
alter role :"name" password :'password';
SQL
}

start() {
  trap 'log "failed; the containers said:"; compose logs --tail 40 >&2 || true' ERR
  mount_data
  mkdir -p "$data/postgres" "$data/backups"
  close_metadata
  compose up --detach --wait postgres
  set_password
  compose up --detach --wait --remove-orphans
}

stop() {
  # The server first (its sockets hear 1001), then PostgreSQL: compose goes against depends_on.
  compose down --remove-orphans
  sync
  if mountpoint -q "$data"; then umount "$data"; fi
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: stack start|stop" >&2; exit 64 ;;
esac
