#!/usr/bin/env bash
# run.sh BINARIES: what the daemon of the directory BINARIES tells of itself is what monitoring takes: promtool has
# nothing to say to the classic format, the strict parser of the Python client takes OpenMetrics, and both say the same.
set -euo pipefail
[ $# = 1 ] || {
    echo "usage: $0 BINARIES" >&2
    exit 64
}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
"$1/nobacktrackd" --state-directory "$work/state" --ingest-socket "$work/ingest.sock" \
    --predict-socket "$work/predict.sock" </dev/null 2>"$work/log" &
daemon=$!
finish() {
    kill -TERM "$daemon" 2>/dev/null || true
    wait "$daemon" || true
    rm -rf "$work"
}
trap finish EXIT
ask() { "$nobacktrack" "$@" --socket "$work/predict.sock"; }
nobacktrack=$1/nobacktrack

ask flush --wait 30 >/dev/null
# Debian's own interpreter, which Debian's package is for.
/usr/bin/python3 -B "$here/feed.py" "$work/ingest.sock"
ask flush >/dev/null
ask snapshot >/dev/null
ask metrics >"$work/before"
ask metrics --format prometheus >"$work/classic"
ask metrics --format openmetrics >"$work/after"

promtool check metrics <"$work/classic" >"$work/said" 2>&1 || {
    cat "$work/said" >&2
    exit 1
}
[ ! -s "$work/said" ] || {
    cat "$work/said" >&2
    exit 1
}
/usr/bin/python3 -B "$here/check.py" "$work/before" "$work/classic" "$work/after"
