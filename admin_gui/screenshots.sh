#!/usr/bin/env bash
# Makes the pictures of README.md and admin_gui/README.md from a live demo: a daemon on fresh
# temporary data, receivers that misbehave, and some minutes of traffic. Needs no display.
#   admin_gui/screenshots.sh [BUILD_DIR] [SECONDS_OF_TRAFFIC]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${1:-$root/build}/bin
traffic_seconds=${2:-600}
pictures=$root/admin_gui/pictures
# shellcheck source=tools/scratch.sh
source "$root/tools/scratch.sh"
data=$work/data

# key_of CLIENT: what it signs in with.
key_of() { echo "demo-key-of-$1-0123456789abcdef"; }

# submit CLIENT URL SUBJECT: one delivery.
submit() {
    curl -sS -o /dev/null --max-time 10 "$server/v1/deliveries" -H 'Content-Type: application/json' \
        -H "Authorization: Bearer $(key_of "$1")" \
        -d "{\"url\":\"$2\",\"token\":\"demo-token\",\"subject\":\"$3\",\"payload\":{\"id\":\"$3\",
             \"object\":\"response\",\"status\":\"completed\",\"model\":\"large-1\",\"output\":[{\"type\":\"message\",
             \"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"The invoice totals 1,284.50 EUR.\"}]}],
             \"usage\":{\"input_tokens\":412,\"output_tokens\":96}}}" || true
}

start orders "$bin/waybill" listen --port 0 --token demo-token --delay 20ms
orders=$(address orders)
start reports "$bin/waybill" listen --port 0 --token demo-token --delay 250ms
reports=$(address reports)
start invoices "$bin/waybill" listen --port 0 --token demo-token --delay 60ms \
    --status 200,200,503,200,200,500,200,200,200,429
invoices=$(address invoices)
start erp "$bin/waybill" listen --port 0 --token demo-token --delay 30ms
erp_works=${started[-1]}
erp=$(address erp)
for client in acme globex initech; do
    echo "$client:$(key_of "$client")"
done >"$work/keys"
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data" --api-keys-file "$work/keys" \
    --allow-network loopback --retry-delays 3s,8s,10m
server=$(address daemon)

end=$((SECONDS + traffic_seconds))
breaks=$((SECONDS + traffic_seconds / 3))
number=1000
while ((SECONDS < end)); do
    number=$((number + 1))
    if [[ -n $erp_works ]] && ((SECONDS > breaks)); then
        kill "$erp_works"
        start erp_broken "$bin/waybill" listen --port "${erp##*:}" --token demo-token --delay 30ms --status 503
        erp_works=
    fi
    submit acme "$orders/orders" "order/$number"
    ((number % 2)) || submit acme "$reports/reports" "report-$number"
    ((number % 3)) || submit initech "$invoices/invoices" "invoice-$number"
    ((number % 4)) || submit globex "$erp/callbacks" "erp-$number"
    ((number % 40)) || submit globex "http://127.0.0.1:8/nobody" "lost-$number"
    # As over a day: now more, now less.
    sleep "0.$((5 + 20 * (number / 60 % 4)))"
done

mkdir -p "$pictures"
open=$("$bin/waybill" --data "$data" --json list --endpoint "$erp" --status pending --limit 1 |
    sed -n 's/.*"id":"\(dlv_[a-z0-9]*\)".*/\1/p' | head -1)

# picture NAME THEME OPTION…: few colours and no metadata, so that the repository stays small.
picture() {
    XDG_CONFIG_HOME=$work "$bin/waybill-admin" --data "$data" --theme "$2" --size 1440x900 \
        --screenshot "$pictures/$1.png" "${@:3}"
    if command -v convert >/dev/null; then
        convert "$pictures/$1.png" +dither -colors 256 -strip \
            -define png:compression-level=9 "PNG8:$pictures/$1.png"
    fi
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
