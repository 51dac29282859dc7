# Sourced by the scripts beside it: what they need of the system.
# shellcheck shell=bash

# Ends the script when there is no Swift.
require_swift() {
    command -v swift >/dev/null || {
        echo "$0: Swift 6.2 or later is needed: https://www.swift.org/install" >&2
        exit 69
    }
}

# as_root COMMAND...: runs it as root, by sudo if need be.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "$0: root is needed for: $*" >&2
        exit 77
    fi
}

# require_packages NAME...: installs the Debian packages that are missing.
require_packages() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing ${missing[*]} …"
    as_root apt-get update --quiet
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes --no-install-recommends "${missing[@]}"
}
