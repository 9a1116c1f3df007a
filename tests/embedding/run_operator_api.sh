#!/usr/bin/env bash
# run_operator_api.sh WAYBILL PROGRAM: does the command line tool work against PROGRAM's own API?
set -euo pipefail

waybill=$1
program=$2
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
token=0123456789abcdef0123456789abcdef
echo "$token" >"$data/token"

coproc host { exec "$program" "$data/log" "$token"; }
read -r listening <&"${host[0]}" # listening on http://127.0.0.1:40001
ask() { "$waybill" --server "${listening##* }" --token-file "$data/token" "$@"; }
ask list | grep -F "There are no deliveries yet."
ask pause https://example.com:443 --reason "receiver is being moved"
ask events --json | grep -F '"actor":"operator:admin"'
# shellcheck disable=SC2154 # coproc sets it
pid=$host_PID
# shellcheck disable=SC1083,SC2093 # a descriptor in a variable, and no program
exec {host[1]}>&- # its input ends, and so does it
wait "$pid"
"$waybill" verify "$data/log/waybill.db"
