#!/bin/bash
# `make check`: what needs no running program. In the order that fails fastest.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/stages.sh
jobs=${JOBS:-$(nproc)}

format() {
    git ls-files -z 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'fuzz/*.cc' 'bench/*.cc' |
        xargs -0 -r -n 40 -P "$jobs" clang-format-14 --dry-run -Werror
}

configure() {
    mkdir -p build
    cmake --preset clang >build/configure-clang.log 2>&1 || {
        cat build/configure-clang.log
        return 1
    }
}

headers_alone() {
    cmake --build build/clang -j "$jobs" --target all_verify_interface_header_sets
}

# Over a dozen files at a time, as they are compiled: most of the time goes into
# reading the same headers. Longest first, so that the last one does not keep one
# processor waiting. Only what is complained about is shown: clang-tidy also
# counts what it suppressed. The path-sensitive analyzer takes two thirds of the
# time and has found nothing that the sanitizers did not: it runs, over tests
# too, with CHECK_DEEP=1.
tidy() {
    local units='build/clang/src/*/CMakeFiles/cofre_*.dir/Unity/*.cxx'
    export TIDY_CHECKS='-clang-analyzer-*,-bugprone-suspicious-include'
    if [ -n "${CHECK_DEEP:-}" ]; then
        units='build/clang/*/*/CMakeFiles/*.dir/Unity/*.cxx build/clang/tests/CMakeFiles/*.dir/Unity/*.cxx'
        TIDY_CHECKS='-bugprone-suspicious-include'
    fi
    # shellcheck disable=SC2016,SC2086  # The inner shell expands $0, this one the pattern.
    ls -S $units | tr '\n' '\0' |
        xargs -0 -n 1 -P "$jobs" sh -c '
            text=$(clang-tidy-14 -p build/clang --quiet --checks="$TIDY_CHECKS" "$0" 2>&1) || {
                printf "%s\n" "$text" | grep -v "warnings generated"
                exit 1
            }'
}

stage "layers: includes go downwards only" python3 tools/check_layers.py
stage "documents: links, paths, host names" python3 tools/check_docs.py
stage "clang-format" format
stage "configure for clang" configure
stage "every header compiles alone" headers_alone
stage "clang-tidy" tidy
finish
