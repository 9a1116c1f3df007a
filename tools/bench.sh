#!/usr/bin/env bash
# Builds a release with the benchmarks and runs them: one table, in which every figure stands beside
# one that was measured in the same run. Arguments go to waybill-bench, e.g.
# tools/bench.sh --only append,library.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

install_missing "${build_packages[@]}" "${bench_packages[@]}"
fresh=()
[[ -f $root/build/CMakeCache.txt ]] || fresh=(-G Ninja -DWAYBILL_BUILD_TESTS=OFF)
# Asked anew each time: the figures of a debug build would mislead, and a tree that was configured
# before the packages were there has no benchmarks.
cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release "${fresh[@]}" >&2
cmake --build "$root/build" --target waybill-bench waybilld >&2
exec "$root/build/bin/waybill-bench" "$@"
