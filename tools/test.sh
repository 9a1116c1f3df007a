#!/usr/bin/env bash
# Installs what the tests need, builds everything, runs every test. Arguments go to ctest, e.g.
# tools/test.sh -R Views. The exit code is ctest's.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

install_missing "${build_packages[@]}" "${dashboard_packages[@]}" "${test_packages[@]}"
if ! grep -qs '^WAYBILL_BUILD_TESTS:BOOL=ON' "$root/build/CMakeCache.txt" ||
    ! grep -qs waybill-admin "$root/build/build.ninja"; then
    cmake -S "$root" -B "$root/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWAYBILL_BUILD_TESTS=ON
fi
cmake --build "$root/build"
exec ctest --test-dir "$root/build" --output-on-failure --parallel "$(nproc)" "$@"
