#!/usr/bin/env bash
# changes.sh BEFORE REF SHA: prints build=… and deploy=… for the paths that changed between two commits.
# A tag, no commit before and one that is not here (a forced push) build and deploy everything.
set -euo pipefail
before=$1 ref=$2 after=$3

both() { printf 'build=%s\ndeploy=%s\n' "$1" "$2"; exit 0; }

case $ref in refs/tags/*) both true true ;; esac
if ! git cat-file -e "$before^{commit}" 2>/dev/null; then both true true; fi

changed=$(git diff --name-only "$before" "$after")
if grep -Eq '^(src/|schemas/|sql/|web/|package(-lock)?\.json$|tsconfig(\.build)?\.json$|\.npmrc$|\.dockerignore$|docker/(Dockerfile|healthcheck\.js)$)' <<<"$changed"; then
  both true true
fi
if grep -Eq '^(terraform/|docker/compose\.production\.yml$|\.github/(workflows/deploy\.yml|changes\.sh|image\.sh)$)' <<<"$changed"; then
  both false true
fi
both false false
