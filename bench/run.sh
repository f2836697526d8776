#!/bin/bash
# `make bench`, `make bench-stream`, `make bench-repository`, `make bench-databases`: cofre beside its peers.
#
#   bench/run.sh objects     folders as objects: rclone, awscli, s3cmd; docs/benchmarks.md
#   bench/run.sh stream      one stream from a pipe; docs/benchmarks-stream.md
#   bench/run.sh repository  restic and borg; docs/benchmarks-repository.md
#   bench/run.sh databases   PostgreSQL by the usual pipes; docs/benchmarks-databases.md
#
# BENCH_SCALE   1 is the full size (4 GiB); 0.01 is for a quick look
# BENCH_ROUNDS  rounds of everything, of which the median counts (default 3)
# BENCH_DIR     where data, server and downloads lie (default build/bench; needs
#               room for three times the large file, and the server's memory once)
# BENCH_OUTPUT  the report (default in docs/ at scale 1, else in build/)
# BENCH_CLIENTS comma-separated names, for measuring some of them only
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-objects}
scale=${BENCH_SCALE:-1}
folder=build
[ "$scale" = 1 ] && folder=docs
case $what in
objects) output=$folder/benchmarks.md ;;
*) output=$folder/benchmarks-$what.md ;;
esac

cofre=$(pwd)/build/release/src/cli/cofre
if [ ! -x "$cofre" ]; then
    echo "bench: $cofre is missing; run \"make build\"" >&2
    exit 1
fi
mkdir -p build
work=$(realpath -m "${BENCH_DIR:-build/bench}")
# Whatever ends us, the server must not stay.
trap 'tools/rgw-down.sh "$work/rgw" --remove' EXIT
python3 "bench/$what.py" --cofre "$cofre" --work "$work" --output "${BENCH_OUTPUT:-$output}" \
    --scale "$scale" --rounds "${BENCH_ROUNDS:-3}" --clients "${BENCH_CLIENTS:-}"
