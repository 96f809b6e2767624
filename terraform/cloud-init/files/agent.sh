#!/usr/bin/env bash
# Does what the hand-over asks of this VM. The order is the metadata attribute `messenger-role`, "<role>:<number>":
# `serving` starts the stack, `standby` stops it. The answer is a line on the serial console, which `yc` reads:
# "messenger-agent <role>:<number> done" or "... failed". Needs no open port and no SSH, and survives a restart.
set -uo pipefail

home=${MESSENGER_HOME:-/opt/messenger}
metadata=${METADATA_URL:-http://169.254.169.254/computeMetadata/v1/instance/attributes}
console=${CONSOLE:-/dev/ttyS0}
poll=${AGENT_POLL:-1}
# A console that lost lines hears the last answer again.
repeat_every=${AGENT_REPEAT:-30}

done_order=
answer=
turns=0

say() { printf '\nmessenger-agent %s\n' "$*" >>"$console"; }

# Prints the order; a VM that never had one is on "standby:boot". No answer, or an order that has disappeared, is no
# news, and without news nothing changes: fails or prints the last order.
ordered() {
  local reply status
  reply=$(curl --silent --max-time 3 --header 'Metadata-Flavor: Google' --write-out '\n%{http_code}' "$metadata/messenger-role") || return 1
  status=${reply##*$'\n'}
  case $status in
    200) echo "${reply%$'\n'*}" ;;
    404) echo "${done_order:-standby:boot}" ;;
    *) return 1 ;;
  esac
}

obey() {
  case $1 in
    serving:*) systemctl start messenger ;;
    # The second command cleans up after a start that was cut short.
    standby:*) systemctl stop messenger && "$home/bin/stack" stop ;;
    *) return 1 ;;
  esac
}

while :; do
  if order=$(ordered) && [ "$order" != "$done_order" ]; then
    if obey "$order"; then answer="$order done"; else answer="$order failed"; fi
    done_order=$order
    say "$answer"
    turns=0
  elif [ -n "$answer" ] && [ "$turns" -ge "$repeat_every" ]; then
    say "$answer"
    turns=0
  fi
  turns=$((turns + 1))
  sleep "$poll"
done
