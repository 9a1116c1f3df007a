#!/usr/bin/env bash
# What waybill-admin says where it cannot work: one line that names the cause and a way out.
#   messages_test.sh BIN_DIR
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$1
# shellcheck source=tools/scratch.sh
source "$root/tools/scratch.sh"
data=$work/data

# says CODE WORDS COMMAND…: ends with that code and one line on stderr that has these words.
says() {
    local code=0
    timeout 60 "${@:3}" >"$work/out" 2>"$work/err" || code=$?
    if [[ $code != "$1" || $(wc -l <"$work/err") != 1 ]] || ! grep -q -- "$2" "$work/err"; then
        echo "FAILED: ${*:3}" >&2
        echo "wanted exit code $1 and one line with: $2" >&2
        echo "got exit code $code and:" >&2
        cat "$work/err" >&2
        exit 1
    fi
}

admin=(env -u DISPLAY -u WAYLAND_DISPLAY "XDG_CONFIG_HOME=$work/config" "$bin/waybill-admin")
start daemon "$bin/waybilld" --listen 127.0.0.1:0 --data "$data"
server=$(address daemon)

says 2 'no log in' "${admin[@]}" --data "$work/nowhere"
says 2 'no file' "${admin[@]}" --log "$work/nowhere.db"
says 2 'token' "${admin[@]}" --server "$server" --data "$work/nowhere"
says 2 'Did you mean --screenshot' "${admin[@]}" --screenshots x
says 1 'there is no display' "${admin[@]}" --data "$data"

picture=$work/picture.png
echo wrong >"$work/token"
says 1 'token' "${admin[@]}" --server "$server" --token-file "$work/token" --screenshot "$picture"
says 1 'waybilld' "${admin[@]}" --server http://127.0.0.1:9 --token-file "$work/token" \
    --screenshot "$picture"
says 1 'Cannot write' "${admin[@]}" --data "$data" --screenshot "$work/no/such/folder.png"

if command -v Xvfb >/dev/null; then
    start_display 1200x800 -extension GLX
    says 1 'no OpenGL' env "XDG_CONFIG_HOME=$work/config" \
        "$bin/waybill-admin" --data "$data"
fi
echo passed
