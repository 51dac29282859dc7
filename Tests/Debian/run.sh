#!/usr/bin/env bash
# run.sh DEB [OLDER_DEB]: the Debian package in a real systemd: installed, used, upgraded while samples arrive, removed,
# purged. Without an OLDER_DEB, DEB itself is upgraded to one that differs from it in its version alone.
#
# Prints a line a check, then "N passed, N failed"; exits with 1 if any failed. Needs root, systemd, lintian, man-db and
# python3.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
project=$(realpath "$here/../..")

if [ "${1:-}" != --inside ]; then
    [ $# -ge 1 ] && [ $# -le 2 ] && [ -f "$1" ] && [ -f "${2:-$1}" ] || {
        echo "usage: $0 DEB [OLDER_DEB]" >&2
        exit 64
    }
    packages=$(mktemp -d "${TMPDIR:-/tmp}/nobacktrack-debian.XXXXXX")
    trap 'rm -rf "$packages"' EXIT
    chmod 755 "$packages"
    cp "${2:-$1}" "$packages/older.deb"
    if [ $# = 2 ]; then
        cp "$1" "$packages/newer.deb"
    else
        dpkg-deb --raw-extract "$1" "$packages/tree"
        sed -i 's/^Version: .*/&+1/' "$packages/tree/DEBIAN/control"
        dpkg-deb --root-owner-group -z1 --build "$packages/tree" "$packages/newer.deb" >/dev/null
        rm -rf "$packages/tree"
    fi
    "$project/Tests/Systemd/with-systemd.sh" --bind "$project" --bind "$packages" -- "$0" --inside "$packages"
    exit
fi
older=$2/older.deb
newer=$2/newer.deb
. "$project/Tests/Systemd/checks.sh"

ingest=/run/nobacktrackd/ingest.sock
predict=/run/nobacktrackd/predict.sock
state=/var/lib/private/nobacktrackd
left_ingest=/run/nobacktrackd-left/ingest.sock
left_predict=/run/nobacktrackd-left/predict.sock
sockets=(nobacktrackd-ingest.socket nobacktrackd-predict.socket)
left_sockets=(nobacktrackd-ingest@left.socket nobacktrackd-predict@left.socket)
services=(nobacktrackd.service nobacktrackd@left.service)

apt() { # COMMAND...
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes "$@"
}

version_of() { # DEB
    dpkg-deb --field "$1" Version
}

installed() {
    dpkg-query --show --showformat='${db:Status-Status} ${Version}' nobacktrackd
}

property() { # NAME UNIT...
    local name=$1
    shift
    systemctl show --property="$name" --value "$@" | sed '/^$/d'
}

step_of() { # STREAM [PREDICT-SOCKET]
    nobacktrack flush --socket "${2:-$predict}" >/dev/null
    field "it['step']" nobacktrack forecast "$1" --json --socket "${2:-$predict}"
}

# ours: the files on this root and below /run that are named after us; man keeps pages that were looked at.
ours() {
    find / /run -xdev \( -path /tmp -o -path /var/cache/man \) -prune -o -name '*nobacktrack*' -print | sort -u
}

# --- Installation ---------------------------------------------------------------------------------------------

# A container's way of saying that nothing is started; and nothing of an installation of this machine.
rm -f /usr/sbin/policy-rc.d
dpkg --purge nobacktrackd 2>/dev/null || true
ours >/tmp/before

check "lintian finds no error and no warning" silent lintian --allow-root "$older"
check "the package is installed" apt install "$older"
check "in the version it says" equal "installed $(version_of "$older")" installed
check "its files are as they were packed" silent dpkg --verify nobacktrackd
check "the programs need no library of Swift's" \
    silent eval 'ldd /usr/bin/nobacktrackd /usr/bin/nobacktrack | grep -E "swift|Foundation|dispatch|not found" || true'
for unit in "$project"/deploy/nobacktrackd*.service "$project"/deploy/nobacktrackd*.socket; do
    check "systemd has $(basename "$unit") as it is in deploy/" \
        cmp "$unit" "/lib/systemd/system/$(basename "$unit")"
done
check "the units verify" silent systemd-analyze verify "${sockets[@]}" nobacktrackd.service
check "the sockets are enabled, the service is not" equal "$(printf 'enabled\nenabled\ndisabled')" eval \
    'systemctl is-enabled "${sockets[@]}" nobacktrackd.service || true'
check "which is what the preset says" equal "$(printf 'enabled\nenabled\ndisabled')" eval \
    'systemctl preset --quiet "${sockets[@]}" nobacktrackd.service
     systemctl is-enabled "${sockets[@]}" nobacktrackd.service || true'
check "the sockets listen, the service waits" equal "$(printf 'active\nactive\ninactive')" \
    property ActiveState "${sockets[@]}" nobacktrackd.service
check "the sockets are open to their group alone" \
    equal "$(printf '660 root nobacktrack\n660 root nobacktrack')" stat -c '%a %U %G' "$ingest" "$predict"
for page in nobacktrackd nobacktrack nobacktrackd.yaml; do
    check "man finds $page" man --where "$page"
    check "and renders it without a warning" silent eval "man --warnings --encoding=UTF-8 $page 2>&1 >/dev/null"
done
for program in nobacktrackd nobacktrack; do
    check "bash completes options of $program" eval \
        '. /usr/share/bash-completion/completions/$program && complete -p $program'
    check "zsh and fish have their completions of $program" \
        test -s "/usr/share/zsh/vendor-completions/_$program" -a -s "/usr/share/fish/vendor_completions.d/$program.fish"
done
check "the journal's catalog knows every message of ours" silent eval \
    'for id in $(sed -nE "s/^-- ([0-9a-f]{32})$/\1/p" /usr/lib/systemd/catalog/nobacktrackd.catalog); do
         journalctl --list-catalog "$id" | grep -q "^$id nobacktrackd: " || echo "$id"
     done'
check "the example configuration is the daemon's own" \
    eval 'nobacktrackd --check-config | cmp - /usr/share/doc/nobacktrackd/examples/nobacktrackd.yaml'
check "the one in /etc changes nothing" \
    eval 'cmp <(nobacktrackd --config /etc/nobacktrackd/nobacktrackd.yaml --check-config) <(nobacktrackd --check-config)'

# --- Use ------------------------------------------------------------------------------------------------------

# Producers are told what is on disk, from here on and across upgrades.
sed -i 's/^#NOBACKTRACKD_INGEST_ACK=/NOBACKTRACKD_INGEST_ACK=/' /etc/default/nobacktrackd
# And intervals are narrower.
sed -i 's/^  #level: 0.9 /  level: 0.8 /' /etc/nobacktrackd/nobacktrackd.yaml
changes='grep -qx NOBACKTRACKD_INGEST_ACK=durable /etc/default/nobacktrackd &&
    grep -q "^  level: 0.8 " /etc/nobacktrackd/nobacktrackd.yaml'
check "samples are taken and settled" eval 'samples 300 | nobacktrack send'
check "the service runs" equal active property ActiveState nobacktrackd.service
check "in the sandbox of its unit" equal "yes yes" eval \
    'echo $(property MemoryDenyWriteExecute nobacktrackd.service) $(property NoNewPrivileges nobacktrackd.service)'
check "a forecast comes back" \
    equal "['boiler', 300, True]" field "[it['stream'], it['step'], len(it['forecasts']) > 0]" nobacktrack forecast --json
check "made as /etc/nobacktrackd/nobacktrackd.yaml says" \
    equal 0.8 field "it['forecasts'][0]['level']" nobacktrack forecast --json
check "a snapshot is on disk" eval 'nobacktrack snapshot && test -f $state/boiler/300.safetensors'

systemctl enable --quiet --now "${left_sockets[@]}"
check "an instance takes samples too" eval \
    'samples 20 | python3 "$project/Tests/Systemd/exchange.py" $left_ingest && equal 20 step_of boiler $left_predict'

# --- Upgrade, while samples arrive ----------------------------------------------------------------------------

pids=$(property MainPID "${services[@]}")
opened=$(property ActiveEnterTimestampMonotonic "${sockets[@]}" "${left_sockets[@]}")
files=$(stat -c %i "$ingest" "$predict" "$left_ingest" "$left_predict")
sensor | nobacktrack send --stream plant --patience 120 >/tmp/send.log 2>&1 &
sender=$!
check "a live sensor is learned" until_true 60 has_learned plant 500
check "the package is upgraded meanwhile" apt install "$newer"
check "to the higher version" equal "installed $(version_of "$newer")" installed
check "what ran was restarted, the instance too" eval \
    '[ "$(property ActiveState "${services[@]}")" = "$(printf "active\nactive")" ] &&
     ! property MainPID "${services[@]}" | grep -qxF "$pids"'
check "the sockets were not closed" eval \
    'equal "$opened" property ActiveEnterTimestampMonotonic "${sockets[@]}" "${left_sockets[@]}" &&
     equal "$files" stat -c %i $ingest $predict $left_ingest $left_predict'
check "the sensor goes on" until_true 60 has_learned plant "$(($(step_of plant) + 500))"
pid=$(property MainPID nobacktrackd.service)
left_pid=$(property MainPID nobacktrackd@left.service)
mkdir -p /etc/nobacktrackd-left
echo 'predict: {level: 8}' >/etc/nobacktrackd-left/nobacktrackd.yaml
check "the same version is installed over itself, and says what it leaves alone" eval \
    'dpkg --install "$newer" 2>&1 | grep "nobacktrackd@left.service still runs"'
check "the service was restarted" eval '[ "$(property MainPID nobacktrackd.service)" != $pid ]'
check "an instance whose configuration is wrong was not" equal "$left_pid" property MainPID nobacktrackd@left.service
rm -r /etc/nobacktrackd-left
check "the sensor still goes on" until_true 60 has_learned plant "$(($(step_of plant) + 500))"
touch /tmp/enough
sent=0
wait "$sender" || sent=$?
check "every sample was settled in the end" eval 'cat /tmp/send.log; [ $sent = 0 ]'
check "none is lost and none is learned twice" equal "$(cat /tmp/sent)" step_of plant
check "the other stream is where it was" equal 300 step_of boiler
check "and the instance's" equal 20 step_of boiler "$left_predict"
check "the administrator's changes are kept" eval "$changes"
check "the log has no complaint" silent eval \
    'journal --unit="nobacktrackd*" --grep="Failed to set|not permitted|Fatal error|denied" || true'

# --- Removal --------------------------------------------------------------------------------------------------

check "the package is removed" dpkg --remove nobacktrackd
check "nothing of it runs" silent eval 'pgrep -l nobacktrack || true'
check "its sockets are gone" eval '! test -e /run/nobacktrackd && ! test -e /run/nobacktrackd-left'
check "systemd knows none of its units" \
    silent eval 'systemctl list-units --all --plain --no-legend "nobacktrackd*" | grep -v " not-found " || true'
check "its state is still there" test -d "$state/boiler" -a -d "$state-left/boiler"
check "and the administrator's changes" eval "$changes"
check "installed again" dpkg --install "$older"
check "it goes on where it was" equal 300 step_of boiler
check "it is purged" dpkg --purge nobacktrackd
check "and leaves no file" silent eval 'ours | comm -13 /tmp/before -'

echo "$passed passed, $failed failed"
if [ "$failed" != 0 ]; then
    echo "--- the journal"
    journal --unit='nobacktrackd*' --output=short | tail -n 100
    exit 1
fi
