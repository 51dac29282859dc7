#!/usr/bin/env bash
# build-deb.sh [--binaries DIR] [--output DIR]: makes the Debian package.
#
# Without --binaries both programs are built, with the Swift runtime linked statically, in .build/static. The package
# goes to DIR, or to .build/deb; its version is the programs' own.
set -euo pipefail
invoked_in=$PWD
cd "$(dirname "$(realpath "$0")")/.."
. deploy/packages.sh

usage() {
    echo "usage: $0 [--binaries DIR] [--output DIR]" >&2
    exit 64
}

binaries=
output=.build/deb
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
    --binaries) binaries=$(cd "$invoked_in" && realpath -e -- "$2") || exit 66 ;;
    --output) output=$(cd "$invoked_in" && realpath -m -- "$2") ;;
    *) usage ;;
    esac
    shift 2
done

require_packages debhelper dpkg-dev libsystemd-dev mandoc pkg-config python3
require_swift

scratch=.build/static
if [ -z "$binaries" ]; then
    # Without the toolchain's and the build's own folders among those where libraries are looked for.
    options=(-c release --static-swift-stdlib --scratch-path "$scratch" --disable-local-rpath
        -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
    swift build "${options[@]}" --product nobacktrackd
    swift build "${options[@]}" --product nobacktrack
    binaries=$(swift build "${options[@]}" --show-bin-path)
else
    # Their dependencies are needed all the same, for what has to be said about them.
    swift package --scratch-path "$scratch" resolve
fi
for program in nobacktrackd nobacktrack; do
    [ -x "$binaries/$program" ] || {
        echo "$0: no program $binaries/$program" >&2
        exit 66
    }
    if ldd "$binaries/$program" | grep -E 'libswift|lib_?Foundation|libdispatch|not found' >&2; then
        echo "$0: $binaries/$program needs the libraries above, which no Debian package has:" \
            "build it with --static-swift-stdlib" >&2
        exit 65
    fi
done

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
version=$("$binaries/nobacktrackd" --version)

# The tree that debhelper works in.
tree=.build/deb/nobacktrackd-$version
rm -rf "$tree"
mkdir -p "$tree/programs" "$tree/units" "$tree/notices" "$output"
cp -a deploy/debian deploy/manual config/nobacktrackd.yaml deploy/nobacktrackd.preset deploy/nobacktrackd.catalog \
    "$tree/"
cp deploy/nobacktrackd.sysusers "$tree/debian/"
cp deploy/nobacktrackd*.service deploy/nobacktrackd*.socket "$tree/units/"
cp "$binaries/nobacktrackd" "$binaries/nobacktrack" "$tree/programs/"
# Whose work is linked into the programs asks for these to be passed on.
for notice in "$scratch"/checkouts/*/NOTICE.txt; do
    package=$(basename "$(dirname "$notice")")
    cp "$notice" "$tree/notices/NOTICE.$package.txt"
done
cat >"$tree/debian/changelog" <<END
nobacktrackd ($version) stable; urgency=medium

  * Made of the project's state of $(date --utc --date="@$SOURCE_DATE_EPOCH" +'%F %R') UTC.

 -- ${DEBFULLNAME:-nobacktrackd authors} <${DEBEMAIL:-nobacktrackd@example.org}>  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
END

(cd "$tree" && PYTHONDONTWRITEBYTECODE=1 DH_QUIET=1 MAKEFLAGS=-s debian/rules binary)
package=nobacktrackd_${version}_$(dpkg --print-architecture).deb
[ "$(realpath "$output")" = "$(realpath .build/deb)" ] || mv ".build/deb/$package" "$output/"
rm -rf "$tree"
echo "$(realpath "$output")/$package"
