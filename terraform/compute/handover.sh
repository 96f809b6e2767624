#!/usr/bin/env bash
# Hands the service over to a new VM: the old stack stops, the data disk moves, the new stack starts and is checked,
# the public address moves. DEPLOY.md ("The hand-over") has the steps and what happens when one of them fails.
#
# Safe to repeat and to kill anywhere: what to do next is read from the cloud, never from a file. The data disk can be
# attached to one VM only, so two stacks can never write it. Until the new stack has passed its check, any failure gives
# disk and service back to the old VM; after it, the only way is forward. A VM is commanded through its metadata and
# answers on its serial console (cloud-init/files/agent.sh), so no port is opened for this.
set -euo pipefail

: "${NEW_INSTANCE:?id of the VM that is to serve}" "${DATA_DISK:?}" "${PUBLIC_ADDRESS:?}" "${HTTP_PORT:?}"
ready_timeout=${READY_TIMEOUT:-900}
stop_timeout=${STOP_TIMEOUT:-120}
start_timeout=${START_TIMEOUT:-240}
poll=${POLL:-2}

new=$NEW_INSTANCE
holder=
old=
# What an exit would have to undo: nothing, or the move of the disk.
undo=nothing

say() { echo "handover: $*" >&2; }
cloud() { yc compute "$@" --format json ${FOLDER_ID:+--folder-id "$FOLDER_ID"}; }
instance() { cloud instance get "$1"; }

status_of() { instance "$1" | jq -r .status; }
address_of() { instance "$1" | jq -r '.network_interfaces[0].primary_v4_address.one_to_one_nat.address // empty'; }
disk_holder() { cloud disk get "$DATA_DISK" | jq -r '.instance_ids[0] // empty'; }
address_holder() {
  cloud instance list | jq -r --arg address "$PUBLIC_ADDRESS" '
    [.[] | select(any(.network_interfaces[]?; .primary_v4_address.one_to_one_nat.address == $address)) | .id][0] // empty'
}
# Where neither address nor disk tells who served last: the newest other VM of ours.
newest_other() {
  cloud instance list | jq -r --arg new "$new" '
    [.[] | select(.labels.app == "messenger" and .id != $new)] | sort_by(.created_at) | last | .id // empty'
}

console() { yc compute instance get-serial-port-output "$1" ${FOLDER_ID:+--folder-id "$FOLDER_ID"} | tr -d '\r'; }

# Waits until the VM has written a line that matches; 1 when it says that it failed, 2 when it says nothing in time.
hear() {
  local id=$1 pattern=$2 failure=$3 deadline=$((SECONDS + $4)) said
  while :; do
    said=$(console "$id" || true)
    if grep -Eq "^messenger-agent $pattern\$" <<<"$said"; then return 0; fi
    if grep -Eq "^messenger-agent $failure\$" <<<"$said"; then return 1; fi
    [ "$SECONDS" -lt "$deadline" ] || return 2
    sleep "$poll"
  done
}

# Orders a role and waits for the answer to this very order.
order() {
  local id=$1 role=$2 number
  number=$(date +%s%N)
  cloud instance add-metadata "$id" --metadata "messenger-role=$role:$number" >/dev/null || return 1
  hear "$id" "$role:$number done" "$role:$number failed" "$3"
}

# From here on `set -e` is off where these are called: every command that may fail says what then. The disk's moves are
# repeated: what a killed run has begun may still be under way in the cloud.

# A system that does not let a disk go does so when it is off.
detach_disk() {
  local id=$1 attempt has
  for attempt in 1 2 3 4 5; do
    has=$(disk_holder) || has=$id
    if [ "$has" != "$id" ]; then return 0; fi
    if cloud instance detach-disk "$id" --disk-id "$DATA_DISK" >/dev/null; then return 0; fi
    say "$id does not let the disk go (attempt $attempt)"
    if [ "$attempt" -ge 2 ] && [ "$(status_of "$id")" = RUNNING ]; then cloud instance stop "$id" >/dev/null || true; fi
    sleep "$poll"
  done
  return 1
}

attach_disk() {
  local id=$1 attempt has
  for attempt in 1 2 3 4 5; do
    has=$(disk_holder) || has=unknown
    if [ "$has" = "$id" ]; then return 0; fi
    if cloud instance attach-disk "$id" --disk-id "$DATA_DISK" --device-name messenger-data >/dev/null; then return 0; fi
    say "$id does not get the disk (attempt $attempt)"
    sleep "$poll"
  done
  return 1
}

# After this the VM neither runs the stack nor has the disk. One that does not answer is shut down: that is an answer.
release() {
  local id=$1 status
  status=$(status_of "$id") || return 1
  if [ "$status" = RUNNING ] && ! order "$id" standby "$stop_timeout"; then
    say "$id does not confirm that its stack has stopped: shutting the VM down"
    cloud instance stop "$id" >/dev/null || return 1
  fi
  detach_disk "$id"
}

# Releases all that take part but the one given.
release_others() {
  local each
  for each in $(printf '%s\n' "$holder" "$old" "$new" | sort -u); do
    if [ "$each" != "$1" ]; then release "$each" || return 1; fi
  done
}

# After this the VM has the disk and its stack has started.
serve() {
  local id=$1 status
  attach_disk "$id" || return 1
  status=$(status_of "$id") || return 1
  if [ "$status" != RUNNING ]; then cloud instance start "$id" >/dev/null || return 1; fi
  order "$id" serving "$start_timeout"
}

healthy() { curl --silent --fail --output /dev/null --max-time 5 "http://$1:$HTTP_PORT/health"; }

wait_healthy() {
  local deadline=$((SECONDS + start_timeout))
  until healthy "$1"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep "$poll"
  done
}

drop_address() { cloud instance remove-one-to-one-nat "$1" --network-interface-index 0 >/dev/null; }
give_address() { cloud instance add-one-to-one-nat "$1" --network-interface-index 0 "${@:2}" >/dev/null; }

# To the VM given. Repeated: the cloud may need a moment to let go of an address.
move_address() {
  local target=$1 attempt holder
  for attempt in 1 2 3 4 5; do
    holder=$(address_holder) || holder=unknown
    if [ "$holder" = "$target" ]; then return 0; fi
    if { [ -z "$holder" ] || drop_address "$holder"; } &&
      { [ -z "$(address_of "$target")" ] || drop_address "$target"; } &&
      give_address "$target" --nat-address "$PUBLIC_ADDRESS"; then return 0; fi
    say "the address did not move (attempt $attempt)"
    sleep "$poll"
  done
  return 1
}

back() {
  say "giving disk and service back to $old"
  if release_others "$old" && serve "$old" && move_address "$old" && wait_healthy "$PUBLIC_ADDRESS"; then
    say "$old serves again; nothing is lost, the new VM did not get the service"
  else
    say "NOBODY SERVES: $old did not come back. The data is on disk $DATA_DISK. Run the hand-over again (DEPLOY.md)"
  fi
}

leave() {
  local code=$?
  trap - EXIT
  trap '' INT TERM HUP
  set +e
  if [ "$code" -ne 0 ] && [ "$undo" = move ] && [ -n "$old" ]; then back; fi
  exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Whoever served last has the address: it moves only after a check. A VM with the disk alone may be what an earlier,
# killed run was about to try.
holder=$(disk_holder)
old=$(address_holder)
if [ -z "$old" ] || [ "$old" = "$new" ]; then old=$holder; fi
if [ -z "$old" ] || [ "$old" = "$new" ]; then old=$(newest_other); fi

if healthy "$PUBLIC_ADDRESS"; then
  if [ "$(disk_holder)" = "$new" ] && [ "$(address_holder)" = "$new" ]; then
    say "$new serves already"
    exit 0
  fi
else
  # Nobody serves: an earlier run was killed half-way. If this one fails as well, the old VM is to serve again.
  undo=move
fi

# 1. Nothing is touched before the new VM has everything it needs.
say "1/6 waiting until $new is prepared"
hear "$new" '.* done' 'prepare failed' "$ready_timeout" || { say "$new is not ready"; exit 1; }

# 2. From here on the service is down, for seconds.
undo=move
say "2/6 stopping the stack of ${old:-nobody}"
release_others "$new" || { say "the old stack did not stop"; exit 1; }
say "3/6 starting the stack of $new on the data disk"
serve "$new" || { say "the stack of $new did not start"; exit 1; }

say "4/6 checking $new"
if [ -z "$(address_of "$new")" ]; then give_address "$new" --nat-ip-version ipv4; fi
wait_healthy "$(address_of "$new")" || { say "$new is not healthy"; exit 1; }

# 5. It serves well: no way back from here.
undo=nothing
say "5/6 moving $PUBLIC_ADDRESS to $new"
move_address "$new"
say "6/6 checking $PUBLIC_ADDRESS"
wait_healthy "$PUBLIC_ADDRESS" || { say "$new has the address but does not answer there"; exit 1; }
say "$new serves at $PUBLIC_ADDRESS"
