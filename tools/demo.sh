#!/bin/bash
# `make run`: the main job with real files, in under a minute. Backs a folder up
# to a local target, lists it, verifies it, restores it beside and compares byte
# for byte. Everything it writes lies below build/demo.
#
#   tools/demo.sh [FOLDER]     (default: this checkout without build/ and .git)
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
demo=$checkout/build/demo
binaries=$checkout/build/release/src/cli
[ -x "$binaries/cofre" ] || { echo "demo: build/release/src/cli/cofre is missing; run \"make build\"" >&2; exit 1; }

source=${1:-$checkout}
if [ ! -d "$source" ]; then
    echo "demo: DIR=$source is not a folder" >&2
    exit 1
fi
source=$(cd "$source" && pwd)

bold='' dim='' green='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\033[1m' dim=$'\033[2m' green=$'\033[32m' plain=$'\033[0m'
fi

heading() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# Shows the command as one would type it, also when its output is redirected,
# then runs it.
exec 3>&1
show() {
    local words word
    words=$(printf '%q ' "$@")
    word=${words//"$checkout"/.}
    printf '%s$ %s%s\n' "$dim" "${word% }" "$plain" >&3
    "$@"
}

# Nothing of the user's own settings takes part, and nothing of theirs is touched.
rm -rf "$demo"
mkdir -p "$demo"/{home,state,cache,config}
export HOME=$demo/home XDG_STATE_HOME=$demo/state XDG_CACHE_HOME=$demo/cache XDG_CONFIG_HOME=$demo/config
unset "${!AWS_@}" "${!COFRE_@}" "${!S3_@}" "${!RESTIC_@}"
export COFRE_STATE_DIR=$demo/state
export PATH=$binaries:$PATH
target=file://$demo/target

# What lies below the source but must not be part of it.
excludes=() compare_excludes=()
if [ "$source" = "$checkout" ]; then
    excludes=(--exclude /build --exclude /.git)
    compare_excludes=(--exclude=build --exclude=.git)
elif [[ "$demo/" == "${source%/}/"* ]]; then
    excludes=(--exclude "/$(realpath --relative-to="$source" "$checkout/build")")
    compare_excludes=(--exclude=build)
fi

begin=$SECONDS
heading "cofre puts what you own into storage, and proves that it comes back"
echo "Source:  $source"
echo "Target:  $target"

heading "1. Back up: every file becomes a plain object, and a manifest is written last"
show cofre backup "$source" "${excludes[@]}" --to "$target" --layout objects

heading "2. Once more: nothing changed, so nothing is sent"
show cofre backup "$source" "${excludes[@]}" --to "$target" --layout objects

heading "3. What is there"
show cofre snapshots --from "$target"
show cofre ls latest --from "$target" >"$demo/listing"
head -n 12 "$demo/listing"
echo "... $(wc -l <"$demo/listing") lines in all"

heading "4. Verify: every object is read and compared with its SHA-256"
show cofre verify --from "$target"

heading "5. Restore into an empty folder"
show cofre restore latest --from "$target" --target "$demo/restored"

heading "6. Compare, without cofre, byte for byte"
show diff -r --no-dereference "${compare_excludes[@]}" "$source" "$demo/restored"
files=$(find "$demo/restored" -type f | wc -l)
bytes=$(du -sb --apparent-size "$demo/restored" | cut -f1)
printf '%sIdentical: %s files, %s bytes.%s All of it took %s s.\n' \
    "$green" "$files" "$bytes" "$plain" "$((SECONDS - begin))"

heading "Next: the same with S3"
cat <<NEXT
  export PATH="$binaries:\$PATH"
  export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... AWS_REGION=...
  export AWS_ENDPOINT_URL_S3=https://...        # only if it is not Amazon's
  cofre backup /some/folder --to s3://your-bucket/some/prefix --layout objects
  cofre verify --from s3://your-bucket/some/prefix
  cofre restore latest --from s3://your-bucket/some/prefix --target /tmp/back

  cofre config init       writes a commented cofre.yaml for jobs that run again and again
  cofre run               runs them
  make run DIR=/folder    shows this demo with your own files
NEXT
