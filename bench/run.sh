#!/bin/bash
# `make bench`: cofre beside rclone, awscli and s3cmd; writes docs/benchmarks.md.
#
# BENCH_SCALE   1 is one 4 GiB file and 10 000 small ones; 0.01 is for a quick look
# BENCH_ROUNDS  rounds of everything, of which the median counts (default 3)
# BENCH_DIR     where data, server and downloads lie (default build/bench; needs
#               room for three times the large file, and the server's memory once)
# BENCH_OUTPUT  the report (default docs/benchmarks.md at scale 1, else build/)
# BENCH_CLIENTS comma-separated names, for measuring some of them only
set -euo pipefail
cd "$(dirname "$0")/.."
scale=${BENCH_SCALE:-1}
default_output=build/benchmarks.md
[ "$scale" = 1 ] && default_output=docs/benchmarks.md

cofre=$(pwd)/build/release/src/cli/cofre
if [ ! -x "$cofre" ]; then
    echo "bench: $cofre is missing; run \"make build\"" >&2
    exit 1
fi
mkdir -p build
work=$(realpath -m "${BENCH_DIR:-build/bench}")
# Whatever ends us, the server must not stay.
trap 'tools/rgw-down.sh "$work/rgw" --remove' EXIT
python3 bench/measure.py --cofre "$cofre" --work "$work" --output "${BENCH_OUTPUT:-$default_output}" \
    --scale "$scale" --rounds "${BENCH_ROUNDS:-3}" --clients "${BENCH_CLIENTS:-}"
