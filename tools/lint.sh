#!/usr/bin/env bash
# How the sources look and what can be seen in them without running them. The first two are tests
# (`ctest -R lint/`), with the versions that Debian 12 has. The exit code is 77 where the program is
# not installed; such a test is skipped.
#
#   tools/lint.sh format             every C++ file is as clang-format writes it
#   tools/lint.sh shell              shellcheck has nothing to say about a script
#   tools/lint.sh tidy [FILE…]       clang-tidy has nothing to say about these sources; without a name
#                                    about all of the product's, half an hour of a processor
#   tools/lint.sh tidy --seconds N   as many of them as that takes, others each day
#
# clang-tidy needs a build directory: build, or $WAYBILL_BUILD; best one with -DWAYBILL_UNITY=OFF, which
# knows the flags of each file.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Paths below these are the project's own; what a build makes lies elsewhere.
folders=(core storage server admin_gui tools tests)

need() {
    command -v "$1" >/dev/null && return
    echo "$1 is not installed: apt-get install $1" >&2
    exit 77
}

format() {
    need clang-format
    find "${folders[@]}" \( -name '*.cpp' -o -name '*.h' \) -print0 |
        xargs -0 -P "$(nproc)" -n 50 clang-format --dry-run -Werror
}

shell() {
    need shellcheck
    find "${folders[@]}" .ci -type f \( -name '*.sh' -o -path .ci/run \) -print0 |
        xargs -0 shellcheck --external-sources
}

tidy() {
    need clang-tidy
    local build=${WAYBILL_BUILD:-build} until='' files=()
    if [[ ${1-} == --seconds ]]; then
        until=$((SECONDS + ${2:?--seconds takes a number}))
        shift 2
    fi
    if (($#)); then
        files=("$@")
    else
        mapfile -t files < <(find core storage server tools/cli admin_gui -name '*.cpp' | sort)
    fi
    # Another place to begin each day, so that all have their turn.
    local first=0 checked=0 failed=0 i file
    local day=$(($(date +%s) / 86400))
    [[ -z $until ]] || first=$((day * 17 % ${#files[@]}))
    for ((i = 0; i < ${#files[@]}; ++i)); do
        ((SECONDS < ${until:-SECONDS + 1})) || break
        file=${files[(first + i) % ${#files[@]}]}
        # The flags are those of g++, of which clang does not know all.
        clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option "$file" 2>/dev/null || failed=1
        checked=$((checked + 1))
    done
    echo "clang-tidy: $checked of ${#files[@]} files"
    return $failed
}

case ${1-} in
    format | shell | tidy) "$@" ;;
    *)
        sed -n '2,/^set/{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
        exit 2
        ;;
esac
