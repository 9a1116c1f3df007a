# shellcheck shell=bash
# The Debian packages that Waybill needs, listed here and nowhere else. Sourced by the scripts
# beside it, which then call `install_missing`.

# ca-certificates vouch for receivers and backends that speak HTTPS.
build_packages=(cmake ninja-build g++ libpoco-dev libsqlite3-dev nlohmann-json3-dev libssl-dev zlib1g-dev libzstd-dev
    ca-certificates)
dashboard_packages=(libimgui-dev libstb-dev libglfw3-dev libgl1-mesa-dev libfreetype-dev libgl1-mesa-dri
    fonts-inter fonts-jetbrains-mono fonts-materialdesignicons-webfont)
test_packages=(libgtest-dev python3 curl sqlite3 openssl prometheus xvfb xauth xdotool)
# Node.js often comes from elsewhere, with npm in it: what counts is that they are there.
command -v node >/dev/null && command -v npm >/dev/null || test_packages+=(nodejs npm)
demo_packages=(curl)
bench_packages=(libcurl4-openssl-dev libbenchmark-dev)
# Without these the tests of `lint/` are skipped.
lint_packages=(clang-format shellcheck)
fuzz_packages=(clang libclang-rt-14-dev)
export build_packages dashboard_packages test_packages lint_packages demo_packages bench_packages fuzz_packages

# Prints those of its arguments that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

# Installs what is missing of its arguments. Needs the network only when something is.
install_missing() {
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian; its packages are taken to be there by other names: $*" >&2
        return 0
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) && return 0

    local as_root=()
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "These packages are missing, and without root or sudo they cannot be installed:" >&2
            echo "    ${missing[*]}" >&2
            echo "Have them installed, then run this again:" >&2
            echo "    apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing: ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq ||
        echo "The package lists could not be renewed; trying with those that are there." >&2
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2; then
        echo "These packages could not be installed: ${missing[*]}" >&2
        echo "Is there a network, and is this Debian 12?" >&2
        return 1
    fi
}
