#!/bin/bash
# Ends what tools/rgw-up.sh started in DIR, by the process ids it wrote down.
#
#   tools/rgw-down.sh DIR [--remove]
#
# SIGKILL, because the store is in memory and nothing in it is worth a clean end.
# A process whose command line does not name DIR's own ceph.conf is left alone:
# its number has been given to somebody else.
set -euo pipefail
dir=${1:?usage: rgw-down.sh DIR [--remove]}
[ -d "$dir" ] || exit 0
dir=$(cd "$dir" && pwd)

is_ours() {
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "-c $dir/ceph.conf "
}

for daemon in rgw osd mon; do
    pid=$(cat "$dir/run/$daemon.pid" 2>/dev/null || true)
    if [ -z "$pid" ] || ! is_ours "$pid"; then
        continue
    fi
    kill -9 "$pid" 2>/dev/null || continue
    for _ in $(seq 1 200); do
        is_ours "$pid" || break
        sleep 0.02
    done
done
if [ "${2:-}" = --remove ] && [ -e "$dir/ceph.conf" ]; then
    rm -rf "$dir"
fi
