#!/usr/bin/env bash
# A daemon on fresh temporary data, receivers that misbehave now and then, and steady traffic
# between them, until Ctrl-C. Called by `tools/run.sh --demo`, which builds first.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/build/bin
# shellcheck source=tools/scratch.sh
source "$root/tools/scratch.sh"
data=$work/data
trap 'exit 0' INT TERM

# post WEBHOOK: one response whose completion is called back there.
post() {
    curl -sS -o /dev/null --max-time 10 "$server/v1/responses" -H 'Content-Type: application/json' \
        -d "{\"model\":\"echo\",\"input\":\"What is 2+2?\",\"background\":true,\"metadata\":{
             \"completion_webhook\":\"$1\",\"webhook_token\":\"demo-token\"}}" || true
}

traffic() {
    local round
    for ((round = 1; ; round++)); do
        post "$steady/orders"
        ((round % 3 == 0)) && post "$moody/invoices"
        ((round % 20 == 0)) && post "http://127.0.0.1:8/nobody-listens"
        sleep 0.5
    done
}

start steady "$bin/waybill" listen --port 0 --token demo-token --delay 20ms
steady=$(address steady)
start moody "$bin/waybill" listen --port 0 --token demo-token --delay 300ms \
    --status 200,503,200,500,500,200,500,500,500,500
moody=$(address moody)
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data" --allow-network loopback \
    --retry-delays 2s,5s,10s "$@"
daemon=${started[-1]}
server=$(address daemon)
traffic &
started+=($!)

dashboard=
if [[ -x $bin/waybill-admin && -n ${DISPLAY-}${WAYLAND_DISPLAY-} ]]; then
    start dashboard "$bin/waybill-admin" --data "$data"
elif [[ -x $bin/waybill-admin ]]; then
    dashboard="
    $bin/waybill-admin --data $data    # the dashboard; it needs a display"
fi

cat <<TEXT

The daemon serves $server, its data lie in $data until this ends.
One receiver accepts, one is moody, one is not there. Try, in a second terminal:

    $bin/waybill --data $data list
    $bin/waybill --data $data list --status failed
    $bin/waybill --data $data show ID
    $bin/waybill --data $data redeliver ID$dashboard

Ctrl-C ends all of it. The daemon says:

TEXT
tail -n +1 --pid "$daemon" -f "$work/daemon" &
started+=($!)
wait "$daemon"
