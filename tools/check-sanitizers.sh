#!/usr/bin/env bash
# Runs every test with sanitizers, each in a build of its own, assertions on: addresses, leaks and
# undefined behaviour (asan), then data races (tsan). Arguments go to ctest, e.g.
# tools/check-sanitizers.sh -R unit/. The exit code is 1 when one of them complains.
set -uo pipefail

tools=$(dirname "${BASH_SOURCE[0]}")

# The first report ends a program, and with it its test.
export ASAN_OPTIONS=${ASAN_OPTIONS-abort_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS-halt_on_error=1:second_deadlock_stack=1}

failed=()
for preset in asan tsan; do
    "$tools/test.sh" --preset "$preset" "$@" || failed+=("$preset")
done
if ((${#failed[@]})); then
    echo "Not clean: ${failed[*]}" >&2
    exit 1
fi
