#!/usr/bin/env bash
# Takes the pictures of README.md from a live demo: a daemon on fresh temporary data, receivers that
# misbehave, and a few minutes of traffic. Needs no display.
#   admin_gui/screenshots.sh [BUILD_DIR] [SECONDS_OF_TRAFFIC]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${1:-$root/build}/bin
traffic_seconds=${2:-90}
pictures=$root/admin_gui/pictures
work=$(mktemp -d)
data=$work/data
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

# start NAME COMMAND…: in the background, its output in $work/NAME.
start() {
    "${@:2}" >"$work/$1" 2>&1 &
    started+=($!)
}

# address NAME: from the line `listening on …` of a program that was started.
address() {
    local found tries
    for ((tries = 0; tries < 200; tries++)); do
        found=$(sed -n 's/^listening on \(http[^ ;]*\).*/\1/p' "$work/$1")
        if [[ -n $found ]]; then
            echo "$found"
            return 0
        fi
        sleep 0.1
    done
    cat "$work/$1" >&2
    return 1
}

# submit URL SUBJECT: one delivery.
submit() {
    curl -sS -o /dev/null --max-time 10 "$server/v1/deliveries" -H 'Content-Type: application/json' \
        -d "{\"url\":\"$1\",\"token\":\"demo-token\",\"subject\":\"$2\",\"payload\":{\"id\":\"$2\",
             \"object\":\"response\",\"status\":\"completed\",\"model\":\"large-1\",\"output\":[{\"type\":\"message\",
             \"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"The invoice totals 1,284.50 EUR.\"}]}],
             \"usage\":{\"input_tokens\":412,\"output_tokens\":96}}}" || true
}

start steady "$bin/waybill" listen --port 0 --token demo-token --delay 20ms
steady=$(address steady)
start slow "$bin/waybill" listen --port 0 --token demo-token --delay 250ms
slow=$(address slow)
start moody "$bin/waybill" listen --port 0 --token demo-token --delay 60ms --status 200,200,503,200,200,500,200,200,200,429
moody=$(address moody)
start broken "$bin/waybill" listen --port 0 --token demo-token --delay 30ms --status 503
broken=$(address broken)
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data" --allow-network loopback --retry-delays 3s,8s,10m
server=$(address daemon)

end=$((SECONDS + traffic_seconds))
number=1000
while ((SECONDS < end)); do
    number=$((number + 1))
    submit "$steady/orders" "order/$number"
    submit "$steady/orders" "order/$number-b"
    ((number % 2)) || submit "$slow/reports" "report-$number"
    ((number % 3)) || submit "$moody/invoices" "invoice-$number"
    ((number % 5)) || submit "$broken/erp" "erp-$number"
    ((number % 40)) || submit "http://127.0.0.1:9/nobody" "lost-$number"
    sleep 0.05
done

mkdir -p "$pictures"
token=$(cat "$data/admin.token")
open=$(curl -sS "$server/admin/v1/deliveries?endpoint=${broken/%\//}&status=pending&limit=1" -H "Authorization: Bearer $token" |
    sed -n 's/.*"id":"\(dlv_[a-z0-9]*\)".*/\1/p' | head -1)

# picture NAME THEME OPTION…
picture() {
    XDG_CONFIG_HOME=$work "$bin/waybill-admin" --data "$data" --theme "$2" --size 1440x900 \
        --screenshot "$pictures/$1.png" "${@:3}"
}
for theme in dark light; do
    picture "overview-$theme" "$theme" --view overview
    picture "deliveries-$theme" "$theme" --view deliveries --id "$open"
done
picture delivery dark --view delivery --id "$open"
picture endpoints dark --view endpoints
picture tail dark --view tail
picture events dark --view events
picture settings light --view settings
ls -l "$pictures"
