#!/bin/bash
# `make soak`: the main job for SOAK_SECONDS (default 600), killed at random
# moments. SOAK_SEED repeats a run; without it the time chooses one. Then 100
# kills of a 1 GiB upload that each time goes on where it was; a stream of 4 GiB
# that outlives 20 sessions of 3 s of a role, of a web identity, and of a role
# that a web identity assumes; and a listing of SOAK_OBJECTS (default ten
# million) objects in constant memory.
#
# Then repositories: backup, forget and prune killed at every call that changes a
# file; SOAK_KILLS (default 200) random kills of a backup of SOAK_KILL_MIB
# (default 1024) and of the prunes between; and SOAK_CHAOS_SECONDS (default an
# hour) of four processes on one repository in a store that fails at random.
# `tools/soak.sh repository` runs only these.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
cmake --preset dev >build/configure-dev.log 2>&1 || { cat build/configure-dev.log; exit 1; }
cmake --build build/dev -j "${JOBS:-$(nproc)}" --target soak_test upload_kill_test \
    long_stream_test large_listing_test repo_kill_test repo_chaos_test cli_serve_test
export COFRE_SOAK_SECONDS=${SOAK_SECONDS:-600} COFRE_SOAK_SEED=${SOAK_SEED:-$(date +%s)}
echo "soak: seed $COFRE_SOAK_SEED for $COFRE_SOAK_SECONDS s"

soak_repository() {
    COFRE_KILL_EVERY=1 build/dev/tests/repo_kill_test --gtest_filter='*AtEveryWrite'
    COFRE_REPO_KILLS=${SOAK_KILLS:-200} COFRE_REPO_KILL_MIB=${SOAK_KILL_MIB:-1024} \
        build/dev/tests/repo_kill_test --gtest_filter='*RandomMoments*'
    COFRE_CHAOS_SECONDS=${SOAK_CHAOS_SECONDS:-3600} build/dev/tests/repo_chaos_test
}

if [ "${1:-}" = repository ]; then
    soak_repository
    exit 0
fi
build/dev/tests/soak_test
COFRE_KILLS=100 COFRE_KILL_MIB=1024 build/dev/tests/upload_kill_test --gtest_filter=*EveryNextProcess*
COFRE_STREAM_MIB=${SOAK_STREAM_MIB:-4096} COFRE_STREAM_SESSIONS=20 build/dev/tests/long_stream_test
COFRE_SERVE_KILLS=200 build/dev/tests/cli_serve_test --gtest_filter='*Killed*'
COFRE_LIST_OBJECTS=${SOAK_OBJECTS:-10000000} build/dev/tests/large_listing_test
soak_repository
