#!/usr/bin/env bash
# run.sh BINARIES PYTHON: a checkpoint that the daemon of the directory BINARIES writes is opened by the package
# safetensors of the interpreter PYTHON, and has what the README promises.
set -euo pipefail
[ $# = 2 ] || {
    echo "usage: $0 BINARIES PYTHON" >&2
    exit 64
}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for ((i = 0; i < 200; i++)); do
    echo "{\"stream\":\"boiler\",\"temp\":$((20 + i % 7)).5,\"flow\":$((i % 3))}"
done | "$1/nobacktrackd" --state-directory "$work/state" --predict-socket "$work/predict.sock" --on-eof exit
"$2" "$here/check.py" "$work/state/boiler/200.safetensors" boiler 200
