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
# Sessions of STS that a test can outlive.
RGW_STS_MIN=1 "$tools/rgw-up.sh" "$dir" common

# The next run may start another server in the same folder before we look.
# shellcheck disable=SC2016  # The inner shell expands them.
watch='
    tail --pid="$1" -f /dev/null
    if grep -qF "$2" "$4/ceph.conf" 2>/dev/null; then
        exec "$3" "$4" --remove
    fi'
setsid sh -c "$watch" watch-rgw "$PPID" "$(grep '^fsid' "$dir/ceph.conf")" "$tools/rgw-down.sh" "$dir" \
    </dev/null >/dev/null 2>&1 &
