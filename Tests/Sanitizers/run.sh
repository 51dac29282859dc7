#!/usr/bin/env bash
# run.sh address|thread…: builds everything with a sanitizer, beside the usual build, and runs all Swift tests under it.
# Half an hour each on two cores.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/../.."

[ $# -gt 0 ] || {
    echo "usage: $0 address|thread…" >&2
    exit 64
}
for sanitizer in "$@"; do
    scratch=.build/$sanitizer
    swift build --build-tests --sanitize "$sanitizer" --scratch-path "$scratch"
    clang -shared -fPIC -O1 -o "$scratch/mutex.so" Tests/Sanitizers/mutex.c -ldl
    # What a process that is killed holds is no leak; a report fails the test that gets it, or this program in the end.
    preload=$PWD/$scratch/mutex.so
    [ "$sanitizer" = thread ] || preload=
    # One after the other: what computes under a sanitizer would keep what talks to daemons waiting for minutes.
    NOBACKTRACKD_TEST_SANITIZER=$sanitizer LD_PRELOAD=$preload ASAN_OPTIONS=detect_leaks=0 \
        TSAN_OPTIONS="exitcode=66 suppressions=$PWD/Tests/Sanitizers/thread.suppressions" \
        "$scratch/debug/nobacktrackdPackageTests.xctest" --testing-library swift-testing --no-parallel
done
