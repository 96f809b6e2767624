#!/usr/bin/env bash
# Stands for a command that needs a cloud, an engine or root: asks the test what to do. Called by the command's name.
# The test answers with the exit code on the first line and the output after it.
reply=$(printf '%s\0' "$(basename "$0")" "$@" | curl --silent --data-binary @- "$CONTROL/${VM:-none}") || exit 90
printf '%s' "${reply#*$'\n'}"
exit "${reply%%$'\n'*}"
