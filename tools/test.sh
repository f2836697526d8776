#!/bin/bash
# `make test`: unit tests, tests against real servers, sanitizers, fuzz smoke.
# Every stage is timed. JOBS (default: the number of processors) bounds them all.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/stages.sh
jobs=${JOBS:-$(nproc)}

# Modules that start threads, in their code or their tests. The rest has nothing for TSan to see, and
# an instrumented build of it costs minutes.
readonly THREADED_TESTS='base_test net_test aws_test store_test repo_test s3_test backup_test'
# Tests with real servers that do not run again under ASan and UBSan: those of
# the harness itself, those that only wait, those that measure memory, those that
# start the binary hundreds of times, and those that leave
# no descriptors for UBSan, which needs some to look at a vtable.
readonly NOT_SANITIZED='FewDescriptors|RgwServer|TreeComparison|S3ToolRoundTrip|ServerThatDies|LargeListing|Soak|RepoKill|RepoRandomKill'

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

configure() {
    cmake --preset "$1" >"build/configure-$1.log" 2>&1 || {
        cat "build/configure-$1.log"
        return 1
    }
}

build() {
    configure "$1" && cmake --build "build/$1" -j "$jobs" "${@:2}"
}

# Shows the whole run, and keeps it for the closing lines.
run_ctest() {
    local preset=$1
    shift
    # Twice as many as processors: most tests wait for a process or a server.
    ctest --test-dir "build/$preset" -j "$((2 * jobs))" --output-on-failure --no-tests=error "$@" \
        2>&1 | tee "build/ctest-$preset.log"
}

# Those of the threaded test binaries that exist in this tree.
threaded_targets() {
    local target
    for target in $THREADED_TESTS; do
        if [ -e "src/${target%_test}/CMakeLists.txt" ]; then
            echo "$target"
        fi
    done
}

build_tsan() {
    local targets
    mapfile -t targets < <(threaded_targets)
    build tsan --target "${targets[@]}"
}

# ctest's own closing lines, last, so that nobody has to look for them.
closing_lines() {
    [ -e build/ctest-dev.log ] || return 0
    echo
    sed -n '/tests passed, .* tests failed out of/,$p' build/ctest-dev.log
}

mkdir -p build
rm -f build/ctest-*.log
trap closing_lines EXIT
stage "build for development" build dev
stage "all tests" run_ctest dev
stage "build with ASan and UBSan" build asan
stage "unit tests under ASan and UBSan" run_ctest asan -L unit
stage "main job under ASan and UBSan" run_ctest asan -L integration -E "$NOT_SANITIZED"
stage "build threaded modules with TSan" build_tsan
stage "threaded modules under TSan" run_ctest tsan -L unit
stage "fuzz targets, ${FUZZ_SECONDS:-5} s each" env FUZZ_SECONDS="${FUZZ_SECONDS:-5}" tools/fuzz.sh
finish
