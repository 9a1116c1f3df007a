#!/usr/bin/env bash
# How quick and how frugal the real window is, over a daemon that runs already.
#   admin_gui/measure.sh BIN_DIR DATA_DIR [SECONDS]
# Opens it under Xvfb (drawn in software), tells when the first picture and the first rows are
# there, scrolls, and then lets it be for SECONDS (default 30) to see what it takes.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$1
data=$2
idle_seconds=${3:-30}
# shellcheck source=tools/scratch.sh
source "$root/tools/scratch.sh"
probe=$work/probe
await_step=0.01  # what is awaited is measured

milliseconds() { echo $((($(date +%s%N) - began) / 1000000)); }
# ticks: of the processor that the dashboard took so far; a hundred are a second.
ticks() { awk '{ print $14 + $15 }' "/proc/$dashboard/stat"; }
first_row() { grep -o '^row\.[0-9]*' "$probe" | sed 's/row\.//' | sort -n | head -1; }
shown() { grep -qs "^$1"$'\t' "$probe"; }

start_display 1600x1000
export LIBGL_ALWAYS_SOFTWARE=1 XDG_CONFIG_HOME=$work/config

began=$(date +%s%N)
"$bin/waybill-admin" --data "$data" --view deliveries --probe-file "$probe" &
dashboard=$!
started+=("$dashboard")
await "the first picture" test -s "$probe"
echo "first picture        $(milliseconds) ms"
await "the first row" shown row.0
echo "first rows           $(milliseconds) ms"
await "the figures" shown figure.accepted
echo "figures              $(milliseconds) ms"

xdotool mousemove 700 600
before=$(ticks)
began=$(date +%s%N)
for ((i = 0; i < 40; i++)); do
    xdotool key End
    sleep 0.25
done
echo "40 times End         to row $(first_row) in $(milliseconds) ms, $(($(ticks) - before)) ticks of CPU"
xdotool key Home

sleep 5 # until nothing moves any more
before=$(ticks)
sleep "$idle_seconds"
echo "nothing happens      $(($(ticks) - before)) ticks of CPU in $idle_seconds s"
grep -E 'VmRSS' "/proc/$dashboard/status" | sed 's/VmRSS:[[:space:]]*/memory               /'
