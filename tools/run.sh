#!/usr/bin/env bash
# Builds Waybill and starts its daemon in the foreground, with its data in ./waybill-data.
#
#   tools/run.sh [OPTION OF waybilld…]         e.g. tools/run.sh --allow-network loopback
#   tools/run.sh --demo [OPTION OF waybilld…]  fresh data, a moody receiver, steady traffic
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/build/bin
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

build() {
    # Only what runs: the tests need more packages (tools/test.sh).
    # Anew also where the dashboard's packages came after the last time.
    if ! grep -qs waybill-admin "$root/build/build.ninja"; then
        cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
            -DWAYBILL_BUILD_TESTS=OFF >&2
    fi
    local targets=(waybilld waybill)
    if grep -q waybill-admin "$root/build/build.ninja"; then targets+=(waybill-admin); fi
    cmake --build "$root/build" --target "${targets[@]}" >&2
}

if [[ ${1-} == --demo ]]; then
    shift
    install_missing "${build_packages[@]}" "${dashboard_packages[@]}" "${demo_packages[@]}"
    build
    exec "$root/tools/demo.sh" "$@"
fi

install_missing "${build_packages[@]}" "${dashboard_packages[@]}"
build

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
exec "$bin/waybilld" "$@"
