#!/usr/bin/env bash
# The real window under Xvfb against a real daemon: open, filter, tick, re-deliver, see it delivered.
# Finds widgets through --probe-file, acts with xdotool, and after each act waits for what it brings:
# a frame takes one click, so of two that come within one the first would be lost.
#   window_test.sh BIN_DIR
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$1
for tool in Xvfb xdotool curl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
# shellcheck source=tools/scratch.sh
source "$root/tools/scratch.sh"
data=$work/data
probe=$work/probe

# With what the screen shows.
fail() {
    echo "FAILED: $*" >&2
    [[ -f $probe ]] && cut -f1,7 "$probe" | head -80 >&2
    exit 1
}

shown() { [[ -f $probe ]] && grep -q "^$1"$'\t' "$probe"; }
gone() { ! shown "$1"; }
# click NAME WHAT CONDITION…: in the middle of its rectangle; then the condition holds, and not before.
click() {
    await "$1 on the screen" shown "$1"
    if "${@:3}"; then fail "$2 was there before the click on $1"; fi
    local x y w h
    IFS=$'\t' read -r _ x y w h _ < <(grep "^$1"$'\t' "$probe")
    xdotool mousemove $((${x%.*} + ${w%.*} / 2)) $((${y%.*} + ${h%.*} / 2)) click 1
    await "$2" "${@:3}"
}
# accept: the question, which takes all clicks until it is gone.
accept() { click dialog.accept "the question to go" gone dialog.accept; }
value() { grep "^$1"$'\t' "$probe" | cut -f7; }

start_display 1600x1000
export LC_ALL=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 XDG_CONFIG_HOME=$work/config
mkdir -p "$work/config/waybill"
printf 'actor = \x1b[2J\nx = 0\ny = 0\nwidth = 1600\nheight = 1000\n' >"$work/config/waybill/admin.conf"

waybill() { "$bin/waybill" --data "$data" "$@"; }
# statuses: of all deliveries, newest first, as the command line tool tells them.
statuses() { waybill --json list | sed -n 's/.*"status":"\([a-z]*\)","held.*/\1/p' | tr '\n' ' '; }
are() { [[ $(statuses) == "$1 " ]]; }
submit() {
    curl -sS --max-time 10 -o /dev/null "$server/v1/deliveries" -H 'Content-Type: application/json' \
        -d "{\"url\":\"$receiver/hook\",\"subject\":\"$1\",\"payload\":{\"n\":1}}"
}

# A receiver that refuses the first eight and accepts what comes later.
refusals=503,503,503,503,503,503,503,503
start receiver "$bin/waybill" listen --port 0 --status "$refusals,200,200,200,200,200,200,200,200"
receiver=$(address receiver)
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data" --allow-network loopback --retry-delays 100ms
daemon=${started[-1]}
server=$(address daemon)
submit order/1
submit order/2
await "two deliveries to fail" are "failed failed"
submit invoice/3
await "one to be delivered" are "delivered failed failed"

began=$(date +%s%N)
start dashboard "$bin/waybill-admin" --data "$data" --view deliveries --probe-file "$probe"
await "the first row" shown row.0
echo "first rows after $((($(date +%s%N) - began) / 1000000)) ms"

# Find: a search, then the status.
shows() { [[ $(value row.0) == "$1" ]]; }
rows() { [[ $(grep -c '^row\.' "$probe") == "$1" ]]; }
id_of() { waybill --json list --subject "$1" | sed -n 's/.*"id":"\(dlv_[a-z0-9]*\)".*/\1/p'; }
await "three rows" rows 3
types() { [[ $(value typing) == search ]]; }
click search "the field to be typed in" types
xdotool type order/1
await "what was searched for" shows "$(id_of order/1)"
await "only that" rows 1
xdotool key ctrl+a BackSpace Escape
await "all again" rows 3
click chip.failed "the failed ones" rows 2

# Act: open one, tick both, re-deliver. The name is asked first; the keyboard has every letter.
click row.0 "the detail" shown detail.redeliver
ticked() { [[ $(value bulk) == "$1 ticked" ]]; }
click tick.0 "one to be ticked" ticked 1
click tick.1 "both to be ticked" ticked 2
xdotool key r
await "the question for a name" shown actor.name
named() { [[ $(value actor.name) == "$1" ]]; }
# For letters that the keyboard lacks xdotool lends them a key, no longer than it waits for the next one.
xdotool type --delay 400 'Jürgen 山田'
await "the name to be typed" named 'Jürgen 山田'
xdotool key Return
await "the question" shown confirm.reason
xdotool key Return
await "the answer" shown toast.0
await "all to be delivered" are "delivered delivered delivered"
for subject in order/1 order/2; do
    waybill events "$(id_of "$subject")" | grep 'operator:Jürgen 山田' >/dev/null ||
        fail "the log does not say who re-delivered $subject"
done
click chip.failed "all three" rows 3
delivered() { grep -q $'^sentence\t.*Delivered' "$probe"; }
await "the screen to say so" delivered

# Hold an endpoint, and let it go.
click nav.endpoints "the endpoint" shown pause.0
click pause.0 "the question" shown dialog.accept
accept
await "the endpoint to be paused" shown resume.0
submit held/4
await "its delivery to wait" are "pending delivered delivered delivered"
click resume.0 "the question" shown dialog.accept
accept
await "what waited to be sent" are "delivered delivered delivered delivered"

# All at once: counted by the daemon first, watched while it runs, and the log is sound afterwards.
click nav.deliveries "the rows" rows 4
xdotool key ctrl+a
counted() { [[ $(value 'fact.Deliveries that match') == 4 ]]; }
click bulk.redeliver "the daemon to count them" counted
accept
finished() { grep -q $'^run\\.[0-9]*\t.*finished' "$probe"; }
await "the run to end" finished
again() { ! waybill --json list | grep -q '"round":1,'; }
await "all to have another round" again
await "all to be delivered again" are "delivered delivered delivered delivered"
waybill verify "$data/waybill.db" >/dev/null || fail "the log is not sound"

# The daemon goes away and comes back.
kill "$daemon"
await "the screen to say that it is gone" shown reconnect
start daemon2 "$bin/waybilld" --listen "${server#http://}" --data "$data" --allow-network loopback
address daemon2 >/dev/null
await "the screen to have found it" gone reconnect

echo passed
