# shellcheck shell=bash
# Programs in the background and a directory for what they leave, for scripts that try things out.
# Sourced; sets $work and $started, and ends and removes all of it when the script ends.

work=$(mktemp -d)
started=()

cleanup() {
    trap - EXIT INT TERM
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# start NAME COMMAND…: in the background, its output in $work/NAME, which is there at once.
start() {
    : >"$work/$1"
    "${@:2}" >"$work/$1" 2>&1 &
    started+=($!)
}

# await WHAT COMMAND…: until it succeeds, 20 s at most; looks every $await_step seconds.
await_step=0.1
await() {
    local deadline=$((SECONDS + 20))
    while ((SECONDS < deadline)); do
        "${@:2}" && return 0
        sleep "$await_step"
    done
    fail "waited in vain for $1"
}

# start_display WIDTHxHEIGHT OPTION…: a virtual screen under a number that is free, in $DISPLAY.
start_display() {
    start display Xvfb -displayfd 1 -screen 0 "$1x24" -nolisten tcp "${@:2}"
    await "the display" grep -qx '[0-9][0-9]*' "$work/display"
    DISPLAY=:$(grep -x '[0-9][0-9]*' "$work/display")
    export DISPLAY
}

# address NAME: from the line `listening on …` of the program that was started last.
address() {
    local found deadline=$((SECONDS + 20))
    while ((SECONDS < deadline)); do
        found=$(sed -n 's/^listening on \(http[^ ;]*\).*/\1/p' "$work/$1")
        if [[ -n $found ]]; then
            echo "$found"
            return 0
        fi
        kill -0 "${started[-1]}" 2>/dev/null || break
        sleep "$await_step"
    done
    echo "$1 did not start:" >&2
    cat "$work/$1" >&2
    return 1
}
