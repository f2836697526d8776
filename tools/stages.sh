# shellcheck shell=bash
# For scripts that consist of stages: says what begins, how long it took, and at
# the end lists all of them. Source it, call `stage`, end with `finish`.

stage_lines=()
stage_started=$SECONDS

heading() {
    if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
        printf '\n\033[1m=== %s\033[0m\n' "$*"
    else
        printf '\n=== %s\n' "$*"
    fi
}

# stage TITLE COMMAND...: ends the script with status 1 if the command fails.
stage() {
    local title=$1 begin=$SECONDS status=0
    shift
    heading "$title"
    "$@" || status=$?
    local line
    line=$(printf '%-58s %4d s' "$title" $((SECONDS - begin)))
    if [ $status -ne 0 ]; then
        stage_lines+=("FAILED  $line")
        finish
        exit 1
    fi
    stage_lines+=("ok      $line")
    echo "--- $title: ok, $((SECONDS - begin)) s"
}

finish() {
    heading "Stages of $(basename "$0")"
    printf '%s\n' "${stage_lines[@]}"
    printf 'in all  %-58s %4d s\n' '' $((SECONDS - stage_started))
}
