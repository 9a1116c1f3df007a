#!/usr/bin/env bash
# The real window under Xvfb against a real daemon: open, filter, tick, re-deliver, see it delivered.
# Finds widgets through --probe-file, acts with xdotool, waits for states and never only for time.
#   window_test.sh BIN_DIR
set -euo pipefail

bin=$1
for tool in Xvfb xdotool curl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
data=$work/data
probe=$work/probe
started=()

cleanup() {
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
    [[ -f $probe ]] && cut -f1,7 "$probe" | head -80 >&2
    exit 1
}

# await WHAT COMMAND…: until it succeeds, 20 s at most.
await() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        "${@:2}" && return 0
        sleep 0.1
    done
    fail "waited in vain for $1"
}

start() {
    "${@:2}" >"$work/$1" 2>&1 &
    started+=($!)
}
address() { sed -n 's/^listening on \(http[^ ;]*\).*/\1/p' "$work/$1"; }
listens() { [[ -n $(address "$1") ]]; }
api() { curl -sS --max-time 10 -H "Authorization: Bearer $(cat "$data/admin.token")" "$server/admin/v1/$1"; }

shown() { [[ -f $probe ]] && grep -q "^$1"$'\t' "$probe"; }
gone() { ! shown "$1"; }
# click NAME: in the middle of its rectangle.
click() {
    await "$1 on the screen" shown "$1"
    local x y w h
    IFS=$'\t' read -r _ x y w h _ < <(grep "^$1"$'\t' "$probe")
    xdotool mousemove $((${x%.*} + ${w%.*} / 2)) $((${y%.*} + ${h%.*} / 2)) click 1
}
value() { grep "^$1"$'\t' "$probe" | cut -f7; }

display=:$((90 + RANDOM % 100))
start xvfb Xvfb "$display" -screen 0 1600x1000x24 -nolisten tcp
export DISPLAY=$display LIBGL_ALWAYS_SOFTWARE=1 XDG_CONFIG_HOME=$work/config
mkdir -p "$work/config/waybill"
printf 'actor = tester\nx = 0\ny = 0\nwidth = 1600\nheight = 1000\n' >"$work/config/waybill/admin.conf"
await "the display" xdotool getdisplaygeometry >/dev/null

# A receiver that refuses the first four and accepts what comes later.
start receiver "$bin/waybill" listen --port 0 --status 503,503,503,503,200
await "the receiver" listens receiver
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data" --allow-network loopback --retry-delays 100ms
await "the daemon" listens daemon
server=$(address daemon)
curl -sS --max-time 10 "$server/v1/deliveries" -H 'Content-Type: application/json' \
    -d "{\"url\":\"$(address receiver)/hook\",\"subject\":\"order/1\",\"payload\":{\"n\":1}}" >/dev/null
is() { api "deliveries?limit=1" | grep -q "\"status\":\"$1\""; }
await "the delivery to fail" is failed

began=$(date +%s%N)
start dashboard "$bin/waybill-admin" --data "$data" --view deliveries --probe-file "$probe"
dashboard=${started[-1]}
await "the first row" shown row.0
echo "first rows after $((($(date +%s%N) - began) / 1000000)) ms"

click chip.failed
filtered() { [[ $(value chip.failed) == on ]]; }
await "the filter" filtered
click row.0
await "the detail" shown detail.redeliver
click tick.0
await "the bulk bar" shown bulk.redeliver
xdotool key r
await "the question" shown dialog.accept
xdotool key Return
await "the answer" shown toast.0
await "the delivery to be delivered" is delivered
click chip.failed
delivered() { grep -q $'^sentence\t.*Delivered' "$probe"; }
await "the screen to say so" delivered

echo passed
