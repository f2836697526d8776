#!/bin/bash
# Starts the S3 server that all tests of one ctest run share (a ctest fixture).
# ctest ends it by a fixture of its own; if ctest itself is killed, a watcher
# that waits for its process does.
#
#   tests/rgw-fixture.sh TOOLS_DIR DIR
set -euo pipefail
tools=$1
dir=$2
"$tools/rgw-down.sh" "$dir" --remove
"$tools/rgw-up.sh" "$dir"
# shellcheck disable=SC2016  # The inner shell expands them.
setsid sh -c 'tail --pid="$0" -f /dev/null; exec "$1" "$2" --remove' "$PPID" "$tools/rgw-down.sh" "$dir" \
    </dev/null >/dev/null 2>&1 &
