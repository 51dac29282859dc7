#!/usr/bin/env bash
# quickstart.sh [--seconds N]: builds the project, has the daemon learn this machine's load, and shows its
# forecasts live until Ctrl-C, or for N seconds. Leaves nothing behind but the build.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
. deploy/packages.sh

seconds=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds)
        seconds=${2:-}
        [[ $seconds =~ ^[1-9][0-9]*$ ]] || {
            echo "$0: --seconds needs a whole number of seconds" >&2
            exit 64
        }
        shift 2
        ;;
    *)
        echo "usage: $0 [--seconds N]" >&2
        exit 64
        ;;
    esac
done

require_swift
require_packages libsystemd-dev pkg-config

echo "Building (the first time takes some minutes) …"
swift build -c release --product nobacktrackd
swift build -c release --product nobacktrack
binaries=$(swift build -c release --show-bin-path)

work=$(mktemp -d "${TMPDIR:-/tmp}/nobacktrack-quickstart.XXXXXX")
daemon=
finish() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" || status=$?
    fi
    if [ "$status" != 0 ]; then
        echo "The daemon's log:" >&2
        cat "$work/log" >&2 || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
# Ctrl-C reaches everything on the terminal; the watching ends by it, and this script goes on to the end.
trap : INT
trap 'exit 143' TERM

# Eight samples a second: after six seconds the forecasts have intervals.
"$binaries/nobacktrackd" --state-directory "$work/state" --predict-socket "$work/predict.sock" \
    < <("$binaries/nobacktrack" host --interval 0.125) 2>"$work/log" &
daemon=$!

watch=("$binaries/nobacktrack" watch host --socket "$work/predict.sock" --wait 30)
if [ -n "$seconds" ]; then
    timeout --foreground --preserve-status --signal=INT "$seconds" "${watch[@]}"
else
    echo "Ctrl-C ends it."
    "${watch[@]}"
fi

echo
"$binaries/nobacktrack" status --socket "$work/predict.sock" --wait 1 2>/dev/null || true
cat <<END

That was: nobacktrack host | nobacktrackd
and in another terminal: nobacktrack watch host
Both programs are in $binaries.
END
