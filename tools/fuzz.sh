#!/usr/bin/env bash
# Builds the fuzz targets (tests/fuzz/targets) with clang's libFuzzer, addresses and undefined
# behaviour watched, and runs them one after the other.
#
#   tools/fuzz.sh [TARGET…] [--seconds N]    N seconds for each, 60 unless said; all targets unless named
#   tools/fuzz.sh --keep [TARGET…]           runs nothing: adds to tests/fuzz/corpus the fewest inputs
#                                            that reach what none in it reaches
#
# Inputs that reach something new stay in build-fuzz/corpus, those that break a promise in
# build-fuzz/findings; `build-fuzz/bin/fuzz_TARGET FILE` repeats one. The exit code is 1 when there
# is a finding.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tools/packages.sh
source "$root/tools/packages.sh"

usage() {
    sed -n '2,/^set/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
}

seconds=60
keep=
targets=()
while (($#)); do
    case $1 in
        --seconds) seconds=${2:?--seconds takes a number} && shift ;;
        --keep) keep=yes ;;
        -*) usage ;;
        *) targets+=("$1") ;;
    esac
    shift
done
if ((${#targets[@]} == 0)); then
    for file in "$root"/tests/fuzz/targets/*.cpp; do
        targets+=("$(basename "$file" .cpp)")
    done
fi

install_missing "${build_packages[@]}" "${test_packages[@]}" "${fuzz_packages[@]}"
cd "$root"
cmake --preset fuzz -DWAYBILL_BUILD_TESTS=ON >/dev/null
cmake --build build-fuzz --target "${targets[@]/#/fuzz_}"

export UBSAN_OPTIONS=print_stacktrace=1

limits=(-timeout=30 -rss_limit_mb=2560 -malloc_limit_mb=1024)
failed=0
for target in "${targets[@]}"; do
    program=build-fuzz/bin/fuzz_$target
    found=build-fuzz/corpus/$target
    kept=tests/fuzz/corpus/$target
    findings=build-fuzz/findings/$target
    mkdir -p "$found" "$kept" "$findings"
    if [[ $keep ]]; then
        # By which code is reached, not by how often it is: a sixth of the inputs.
        "$program" "${limits[@]}" -max_len=4096 -set_cover_merge=1 -use_counters=0 "$kept" "$found"
        continue
    fi
    echo "== $target"
    "$program" "${limits[@]}" -max_len=4096 -dict=tests/fuzz/words.dict -max_total_time="$seconds" \
        -artifact_prefix="$findings/" -print_final_stats=1 -verbosity=0 "$found" "$kept" || failed=1
done
exit $failed
