#!/usr/bin/env bash
# Runs commands at the same time, each given as one word; fails where one of them does.
set -euo pipefail

trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
started=()
for command in "$@"; do
	bash -c "exec $command" &
	started+=($!)
done
failed=0
for each in "${started[@]}"; do
	wait "$each" || failed=1
done
exit "$failed"
