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
# Tests that run without sanitizers instead: those of the harness itself, those
# that only wait, those that measure or limit memory, those that start the binary hundreds
# of times, and those that leave no descriptors for UBSan, which needs some to
# look at a vtable. Every other test runs once, under ASan and UBSan: building and
# running all of it twice found nothing more and cost seven minutes.
readonly PLAIN_TARGETS='harness_test cli_system_faults_test cli_faults_test large_listing_test soak_test repo_kill_test
repo_faults_test'
readonly PLAIN_TESTS='FewDescriptors|RgwServer|TreeComparison|S3ToolRoundTrip|ServerThatDies|LargeListing|Soak|RepoKill|RepoRandomKill|TooLittleMemory'

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

build_tsan() {
    # shellcheck disable=SC2086  # A list of words.
    build tsan --target $THREADED_TESTS
}

build_plain() {
    # shellcheck disable=SC2086
    build dev --target cofre $PLAIN_TARGETS
}

# ctest's own closing lines, last, so that nobody has to look for them.
closing_lines() {
    [ -e build/ctest-asan.log ] || return 0
    echo
    sed -n '/tests passed, .* tests failed out of/,$p' build/ctest-asan.log
}

mkdir -p build
rm -f build/ctest-*.log
trap closing_lines EXIT
stage "build with ASan and UBSan" build asan
stage "all tests under ASan and UBSan" run_ctest asan -E "$PLAIN_TESTS"
stage "build what runs without sanitizers" build_plain
stage "the rest, without sanitizers" run_ctest dev -R "$PLAIN_TESTS"
stage "build threaded modules with TSan" build_tsan
stage "threaded modules under TSan" run_ctest tsan -R "^(${THREADED_TESTS// /|})\$"
stage "fuzz targets, ${FUZZ_SECONDS:-5} s each" env FUZZ_PRESET=asan FUZZ_SECONDS="${FUZZ_SECONDS:-5}" tools/fuzz.sh
finish
