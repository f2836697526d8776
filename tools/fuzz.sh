#!/bin/bash
# `make fuzz`: builds every libFuzzer target and runs each for FUZZ_SECONDS
# (default 30), starting from the seeds in fuzz/seeds/<target>. A finding is kept
# in build/fuzz/findings/ and fails the run; the command to repeat it is shown.
# FUZZ_PRESET=asan takes the targets of that build instead: slower, but it is
# there already after `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-30}
jobs=${JOBS:-$(nproc)}

preset=${FUZZ_PRESET:-fuzz}

mkdir -p build/fuzz
cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || {
    cat "build/configure-$preset.log"
    exit 1
}
cmake --build "build/$preset" -j "$jobs" --target fuzz_targets

fuzz_one() {
    local target=$1 seconds=$2 name status=0
    name=$(basename "$target")
    local corpus=build/fuzz/corpus/$name findings=build/fuzz/findings/$name
    mkdir -p "$corpus" "$findings" "fuzz/seeds/$name"
    local dictionary=()
    [ -e "fuzz/seeds/$name.dict" ] && dictionary=("-dict=fuzz/seeds/$name.dict")
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$findings/" "${dictionary[@]}" "$corpus" "fuzz/seeds/$name" \
        >"build/fuzz/$name.log" 2>&1 || status=$?
    if [ $status -ne 0 ]; then
        tail -n 40 "build/fuzz/$name.log"
        echo "$name: FAILED; repeat with: $target $findings/<file>"
        return 255
    fi
    printf '%-24s %10s inputs in %s s, nothing found\n' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log")" "$seconds"
}
export -f fuzz_one

targets=$(find "build/$preset/fuzz" -maxdepth 1 -type f -executable -name '*_fuzz' | sort)
if [ -z "$targets" ]; then
    echo "fuzz: no targets were built" >&2
    exit 1
fi
# shellcheck disable=SC2016  # The inner shell expands them.
echo "$targets" | xargs -P "$jobs" -I{} bash -c 'fuzz_one "$1" "$2"' _ {} "$seconds"
