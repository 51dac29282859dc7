#!/usr/bin/env bash
# test.sh: installs what the tests need and runs them all: the Swift tests, a checkpoint opened by Python's
# safetensors, metrics read by promtool and Prometheus' Python client, 300 kills of a daemon that is fed and disks that
# fill up under it, the Debian package, which is built for that, and its units in a real systemd.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
. deploy/packages.sh

[ $# = 0 ] || {
    echo "usage: $0" >&2
    exit 64
}
require_swift
require_packages libsystemd-dev pkg-config systemd python3 python3-prometheus-client python3-venv \
    prometheus util-linux lintian man-db

# The kernels compile for processors of another kind as well.
clang --target=aarch64-linux-gnu -ffreestanding -std=gnu11 -O1 -Wall -Wextra -Werror \
    -ISources/CNoBackTrackKernels/include -c Sources/CNoBackTrackKernels/kernels.c -o /dev/null

swift build --build-tests
# Those that only compute have the threads for themselves: hundreds of cases in a line would keep the others, which talk
# to daemons with deadlines, waiting.
swift test --skip-build --filter '^NoBackTrackTests\.'
swift test --skip-build --skip '^NoBackTrackTests\.'
binaries=$(swift build --show-bin-path)

python=.build/python/bin/python3
if ! "$python" -c 'import numpy, safetensors' 2>/dev/null; then
    /usr/bin/python3 -m venv .build/python
    "$python" -m pip install --quiet --disable-pip-version-check numpy safetensors
fi
Tests/Safetensors/run.sh "$binaries" "$python"
Tests/Metrics/run.sh "$binaries"

Tests/Crash/kill_rounds.py "$binaries" --rounds 300
as_root env "PATH=$PATH" Tests/Crash/full_disk.py "$binaries"

deploy/build-deb.sh
package=.build/deb/nobacktrackd_$("$binaries/nobacktrackd" --version)_$(dpkg --print-architecture).deb
as_root env "PATH=$PATH" Tests/Systemd/run.sh "$package"
as_root env "PATH=$PATH" Tests/Debian/run.sh "$package"
