#!/usr/bin/env bash
# The slow part of a deployment, done while the old VM still serves: firewall and images. Then the agent reports.
set -euo pipefail

home=${MESSENGER_HOME:-/opt/messenger}
console=${CONSOLE:-/dev/ttyS0}

trap 'printf "\nmessenger-agent prepare failed\n" >>"$console"' ERR

# shellcheck disable=SC1091
. "$home/prepare.env"

ufw default deny incoming
ufw default allow outgoing
ufw allow "$HTTP_PORT/tcp"
if [ -n "${SSH_OPEN:-}" ]; then ufw allow 22/tcp; fi
ufw --force enable

for attempt in 1 2 3 4 5; do
  if docker compose --project-directory "$home" pull --quiet; then break; fi
  [ "$attempt" -lt 5 ]
  sleep $((attempt * 5))
done

systemctl daemon-reload
systemctl enable --now messenger-backup.timer
systemctl enable --now messenger-agent.service
