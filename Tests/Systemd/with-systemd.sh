#!/usr/bin/env bash
# with-systemd.sh [--bind DIR]... -- COMMAND [ARG]...
#
# Boots a real systemd as PID 1 of private mount, PID, UTS, IPC, network and cgroup namespaces, on a throw-away
# overlay of this machine's root, runs COMMAND in it and powers it off. Exits with COMMAND's status. Nothing that
# happens inside is seen outside, but for the DIRs, which are the machine's own: name those that lie on mounts of
# their own, since the overlay covers the root file system only.
#
# Needs root and a writable cgroup v2 hierarchy. Memory, CPU and task limits parse inside but are not enforced.
set -euo pipefail

usage() {
    echo "usage: $0 [--bind DIR]... -- COMMAND [ARG]..." >&2
    exit 64
}

# The root file system that systemd gets: an overlay, with /proc, /sys, /dev and /run of its own.
build_root() { # SCRATCH DIR...
    local scratch=$1 root=$1/root directory node
    shift
    mount --make-rprivate /
    mount -t tmpfs -o size=1g tmpfs "$scratch"
    mkdir "$scratch/upper" "$scratch/work" "$root"
    mount -t overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$root"
    for directory in "$@"; do
        mkdir -p "$root$directory"
        mount --bind "$directory" "$root$directory"
    done

    mount -t proc -o nosuid,noexec,nodev proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount --bind /dev/null "$root/proc/kcore" 2>/dev/null || true
    mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys"
    mount -t cgroup2 -o nosuid,noexec,nodev cgroup2 "$root/sys/fs/cgroup"

    mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
    for node in null zero full random urandom tty; do
        touch "$root/dev/$node"
        mount --bind "/dev/$node" "$root/dev/$node"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin"
    ln -s fd/1 "$root/dev/stdout"
    ln -s fd/2 "$root/dev/stderr"

    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
    mkdir -p "$root/run/systemd/system"
    # Debian's tmp.conf says "D /tmp": systemd-tmpfiles would empty /tmp, and a DIR below it, at boot.
    mkdir -p "$root/etc/tmpfiles.d"
    ln -sf /dev/null "$root/etc/tmpfiles.d/tmp.conf"
}

# Makes the built root the root, and systemd its PID 1.
boot() { # SCRATCH DIR...
    build_root "$@"
    hostname nobacktrack-test
    ip link set lo up 2>/dev/null || true
    cd "$1/root"
    mkdir -p .oldroot
    pivot_root . .oldroot
    cd /
    umount -l /.oldroot
    rmdir /.oldroot
    # Without shared propagation LoadCredential= yields an empty directory.
    mount --make-rshared /
    # What has no place in a container, or would start the machine's own work.
    local unit
    for unit in systemd-udevd.service systemd-udev-trigger.service systemd-timesyncd.service \
        systemd-random-seed.service systemd-modules-load.service systemd-sysctl.service \
        kmod-static-nodes.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
        sys-kernel-tracing.mount sys-fs-fuse-connections.mount sys-kernel-config.mount \
        systemd-remount-fs.service timers.target; do
        ln -sf /dev/null "/run/systemd/system/$unit"
    done
    exec env -i container=nobacktrack-test LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        /lib/systemd/systemd --system --unit=basic.target --show-status=no --log-target=journal </dev/null
}

if [ "${1:-}" = --inner ]; then
    shift
    boot "$@"
fi

binds=()
while [ $# -gt 0 ]; do
    case $1 in
    --bind)
        [ $# -ge 2 ] || usage
        binds+=("$(realpath "$2")")
        shift 2
        ;;
    --)
        shift
        break
        ;;
    *) usage ;;
    esac
done
[ $# -gt 0 ] || usage
[ "$(id -u)" = 0 ] || {
    echo "$0: needs root, for namespaces and mounts" >&2
    exit 77
}

if [ -d /sys/fs/cgroup/unified ]; then
    cgroup=/sys/fs/cgroup/unified/nobacktrack-test-$$
elif [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
    cgroup=/sys/fs/cgroup/nobacktrack-test-$$
else
    echo "$0: no cgroup v2 hierarchy below /sys/fs/cgroup" >&2
    exit 77
fi
scratch=$(mktemp -d /tmp/with-systemd.XXXXXX)
outer=

cleanup() {
    if [ -n "$outer" ]; then
        kill -KILL "$outer" 2>/dev/null || true
        wait "$outer" 2>/dev/null || true
    fi
    local attempt
    for attempt in $(seq 20); do
        [ -d "$cgroup" ] || break
        find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
    rmdir "$scratch" 2>/dev/null || true
    rm -f "$scratch.log"
}
trap cleanup EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

mkdir "$cgroup"
# The inner shell moves itself, and only itself, into the new cgroup before it unshares.
# shellcheck disable=SC2016
bash -c 'echo $$ >"$1/cgroup.procs"
    shift
    exec unshare --mount --pid --fork --kill-child=SIGKILL --uts --ipc --net --cgroup "$@"' \
    _ "$cgroup" "$(realpath "$0")" --inner "$scratch" "${binds[@]}" >"$scratch.log" 2>&1 &
outer=$!

# PID 1 of the new namespace, once it listens on its private socket.
init=
for _ in $(seq 400); do
    init=$(tr -d ' ' 2>/dev/null <"/proc/$outer/task/$outer/children") || true
    if [ -n "$init" ] && [ -S "/proc/$init/root/run/systemd/private" ] &&
        [ "$(cat "/proc/$init/comm")" = systemd ]; then
        break
    fi
    init=
    kill -0 "$outer" 2>/dev/null || break
    sleep 0.05
done
if [ -z "$init" ]; then
    echo "$0: systemd did not start:" >&2
    cat "$scratch.log" >&2
    exit 70
fi

inside=(nsenter -t "$init" -m -p -u -i -n -C -- env -i -C "$PWD" "PATH=$PATH" HOME=/root LANG=C.UTF-8
    "TERM=${TERM:-dumb}")
"${inside[@]}" timeout 30 systemctl is-system-running --wait >/dev/null || true
status=0
"${inside[@]}" "$@" || status=$?
"${inside[@]}" systemctl --no-block poweroff >/dev/null 2>&1 || kill -s RTMIN+4 "$init" 2>/dev/null || true
for _ in $(seq 100); do
    kill -0 "$outer" 2>/dev/null || break
    sleep 0.05
done
exit "$status"
