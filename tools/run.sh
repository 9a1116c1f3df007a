#!/usr/bin/env bash
# Builds Waybill and starts its daemon in the foreground, with its data in ./waybill-data. The
# dashboard is built while the daemon runs.
#
#   tools/run.sh [OPTION OF waybilld…]         e.g. tools/run.sh --allow-network loopback
#   tools/run.sh --demo [OPTION OF waybilld…]  fresh data, a moody receiver, steady traffic
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/build/bin
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

configure() {
    # Only what runs: the tests need more packages (tools/test.sh).
    # Anew also where the dashboard's packages came after the last time.
    if ! grep -qs waybill-admin "$root/build/build.ninja"; then
        cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DWAYBILL_BUILD_TESTS=OFF >&2
    fi
}

has_dashboard() { grep -q waybill-admin "$root/build/build.ninja"; }

# Builds the dashboard as long as this process, which becomes the daemon, runs. The result is printed
# on stderr; the daemon does not depend on it.
build_dashboard() {
    local log=$root/build/dashboard.log
    nice ninja -C "$root/build" waybill-admin >"$log" 2>&1 &
    local job=$!
    while kill -0 "$job" 2>/dev/null; do
        if ! kill -0 $$ 2>/dev/null; then
            kill "$job" 2>/dev/null || true
            return
        fi
        sleep 0.5
    done
    if wait "$job"; then
        echo "The dashboard is built: $bin/waybill-admin" >&2
    elif ! grep -q 'interrupted by user' "$log"; then
        echo "The dashboard could not be built; the daemon goes on without it. See $log" >&2
    fi
}

install_missing "${build_packages[@]}" "${dashboard_packages[@]}"

if [[ ${1-} == --demo ]]; then
    shift
    install_missing "${demo_packages[@]}"
    configure
    targets=(waybilld waybill)
    # The demo opens it where there is a display.
    if has_dashboard; then targets+=(waybill-admin); fi
    cmake --build "$root/build" --target "${targets[@]}" >&2
    exec "$root/tools/demo.sh" "$@"
fi

configure
cmake --build "$root/build" --target waybilld waybill >&2

if [[ " $* " != *" --allow-network"* ]]; then
    cat >&2 <<TEXT

Callbacks to this machine are refused unless you start with:
    tools/run.sh --allow-network loopback
TEXT
fi
cat >&2 <<TEXT

Once it listens, try in a second terminal:
    $bin/waybill listen --port 8765 --token s3cret
and in a third:
    curl http://127.0.0.1:8080/v1/responses -H 'Content-Type: application/json' -d '{
      "model": "echo", "input": "What is 2+2?", "background": true,
      "metadata": {"completion_webhook": "http://127.0.0.1:8765/hook", "webhook_token": "s3cret"}}'
    $bin/waybill list

TEXT
if has_dashboard && ! ninja -C "$root/build" -n waybill-admin 2>/dev/null | grep -q 'no work to do'; then
    echo "The dashboard is being built meanwhile (build/dashboard.log)." >&2
    build_dashboard &
fi
exec "$bin/waybilld" "$@"
