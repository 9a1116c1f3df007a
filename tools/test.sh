#!/usr/bin/env bash
# Installs what the tests need, builds everything, runs every test. Arguments go to ctest, e.g.
# tools/test.sh -R Views. The exit code is ctest's.
#   tools/test.sh --preset asan …    the same with a preset of CMakePresets.json, in a build of its own
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

preset=release
if [[ ${1-} == --preset ]]; then
    preset=${2:?--preset takes the name of one: release, ci, debug, asan or tsan}
    shift 2
fi
build=$root/build
[[ $preset == release || $preset == ci ]] || build=$root/build-$preset

install_missing "${build_packages[@]}" "${dashboard_packages[@]}" "${test_packages[@]}"
install_missing "${lint_packages[@]}" || echo "The tests of lint/ whose program is missing are skipped." >&2
cd "$root"
# Files of secrets that a group may write are refused, those of tests too.
umask 022
if ! grep -qs '^WAYBILL_BUILD_TESTS:BOOL=ON' "$build/CMakeCache.txt" ||
    ! grep -qs waybill-admin "$build/build.ninja" || [[ $preset == ci ]]; then
    cmake --preset "$preset" -DWAYBILL_BUILD_TESTS=ON
fi
cmake --build "$build"
exec ctest --preset "$preset" --parallel "$(nproc)" "$@"
