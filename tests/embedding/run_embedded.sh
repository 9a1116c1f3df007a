#!/usr/bin/env bash
# run_embedded.sh WAYBILL PROGRAM: does PROGRAM deliver to a receiver, and does it get there?
set -euo pipefail

waybill=$1
program=$2
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

exec {receiver}< <(exec "$waybill" listen --port 0 --count 1 --json)
receiver_pid=$!
trap 'kill "$receiver_pid" 2>/dev/null || true; rm -rf "$data"' EXIT
read -r listening <&"$receiver" # {"listening":"http://127.0.0.1:40001"}
url=${listening#*:\"}
"$program" "${url%\"*}/hook" "$data/log"
read -r callback <&"$receiver"
echo "$callback"
grep -qF '"body":"{\"hello\":\"world\"}"' <<<"$callback"
