#!/usr/bin/env bash
# run.sh BINARIES|DEB: the units of deploy/, with the programs nobacktrackd and nobacktrack of the directory BINARIES, or
# what the package has of both, in a real systemd: activation by sockets, readiness, the log, restart from the
# checkpoint, watchdog, stop; reload, restarts and kills under load, instances, memory pressure.
#
# Prints a line a check, then "N passed, N failed"; exits with 1 if any failed. Needs root, systemd and python3.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
project=$(realpath "$here/../..")

if [ "${1:-}" != --inside ]; then
    [ $# = 1 ] && { [[ $1 = *.deb && -f $1 ]] || [ -x "$1/nobacktrackd" -a -x "$1/nobacktrack" ]; } || {
        echo "usage: $0 BINARIES|DEB (a directory with nobacktrackd and nobacktrack, or the package)" >&2
        exit 64
    }
    programs=$(realpath "$1")
    directory=$programs
    [ -d "$programs" ] || directory=$(dirname "$programs")
    exec "$here/with-systemd.sh" --bind "$project" --bind "$directory" -- "$0" --inside "$programs"
fi
programs=$2
. "$here/checks.sh"

# Name of the thread that learns, as /proc/PID/task/TID/comm shows it.
learning_thread=learning
ingest=/run/nobacktrackd/ingest.sock
predict=/run/nobacktrackd/predict.sock
state=/var/lib/private/nobacktrackd

property() { # NAME
    systemctl show --property="$1" --value nobacktrackd.service
}

is_active_again() { # OLD-MAIN-PID
    [ "$(property ActiveState)" = active ] && [ "$(property MainPID)" != "$1" ]
}

step_of() { # STREAM
    nobacktrack flush >/dev/null
    field "it['step']" nobacktrack forecast "$1" --json
}

send() {
    python3 "$here/exchange.py" "$ingest"
}

# entries EXPRESSION MATCH...: EXPRESSION of the list `them` of the service's journal entries that MATCH.
entries() {
    local expression=$1
    shift
    journalctl --sync 2>/dev/null || true
    journalctl --quiet --no-pager --output=json --unit=nobacktrackd.service "$@" |
        python3 -c 'import json, sys; them = [json.loads(line) for line in sys.stdin]; print(eval(sys.argv[1]))' \
            "$expression"
}

# identifier SUBJECT: the MESSAGE_ID that the catalog has under it.
identifier() {
    journalctl --list-catalog | sed -n "s/^\([0-9a-f]*\) nobacktrackd: $1\$/\1/p"
}

# --- Installation ---------------------------------------------------------------------------------------------

if [ -f "$programs" ]; then
    # A container's way of saying that nothing is started.
    rm -f /usr/sbin/policy-rc.d
    check "the package is installed" dpkg --install "$programs"
    units=/lib/systemd/system
else
    install -m 755 "$programs/nobacktrackd" "$programs/nobacktrack" /usr/bin/
    install -m 644 "$project"/deploy/nobacktrackd*.service "$project"/deploy/nobacktrackd*.socket /etc/systemd/system/
    install -D -m 644 "$project/deploy/nobacktrackd.sysusers" /etc/sysusers.d/nobacktrackd.conf
    install -D -m 644 "$project/deploy/nobacktrackd.catalog" /usr/lib/systemd/catalog/nobacktrackd.catalog
    # A developer's Swift runtime may lie where the sandbox does not look.
    ldd /usr/bin/nobacktrackd | awk '$3 ~ "^/(home|root)/" { print $3 }' | xargs -r cp -t /usr/lib/
    ldconfig
    systemd-sysusers
    systemctl daemon-reload
    units=/etc/systemd/system
fi

check "systemd-analyze verify has nothing to say" \
    silent systemd-analyze verify --man=no "$units"/nobacktrackd{.service,-ingest.socket,-predict.socket} \
        nobacktrackd@left.service nobacktrackd-{ingest,predict}@left.socket
check "journalctl takes the catalog without a word" silent journalctl --update-catalog
check "the units of an instance are those of the service under its name" silent eval \
    'diff <(sed "s/-%i//g; s/@%i//g; s/ (%i)//g" "$units/nobacktrackd@.service" | grep -v "^#") \
        <(grep -v "^#" "$units/nobacktrackd.service")'
check "systemd-analyze security finds an exposure of at most 0.5" \
    systemd-analyze security --offline=true --threshold=5 --no-pager "$units/nobacktrackd.service"

# --- Activation by the sockets --------------------------------------------------------------------------------

check "the socket units start" systemctl start nobacktrackd-ingest.socket nobacktrackd-predict.socket
check "the sockets are open to their group alone" \
    equal "$(printf '660 root nobacktrack\n660 root nobacktrack')" stat -c '%a %U %G' "$ingest" "$predict"
check "the service does not run yet" equal inactive property ActiveState
samples 1 >/tmp/first
check "the ingest socket takes a sample" silent send </tmp/first
check "the sample starts the service, which becomes active on READY" \
    until_true 30 equal active property ActiveState
check "the sample that came before the service is learned" until_true 10 equal 1 step_of boiler
check "the predict socket answers with a forecast" \
    equal "['boiler', True]" field "[it['stream'], len(it['forecasts']) > 0]" nobacktrack forecast --json
check "the status line tells of the stream" until_true 10 eval 'property StatusText | grep -q "^1 stream"'
check "a bad line gets one error line, the good one behind it is learned" \
    equal "[1, False, 'bad_syntax', 1]" eval \
    'printf "garbage\n{\"temp\":1}\n" | send >/tmp/answers
     field "[$(wc -l </tmp/answers), it[\"ok\"], it[\"error\"][\"code\"], it[\"line\"]]" cat /tmp/answers'

# --- The log --------------------------------------------------------------------------------------------------

check "entries come from the sandbox by the journal's own protocol, with kind, level and stream" \
    equal "['boiler', '6', 'nobacktrackd', 'journal', '$(identifier 'A stream begins')']" \
    entries '[them[0][name] for name in ("STREAM", "PRIORITY", "SYSLOG_IDENTIFIER", "_TRANSPORT", "MESSAGE_ID")]' \
    NOBACKTRACKD_KIND=stream-begins
check "a message can be read by itself" \
    equal "A stream begins channels=2 stream=boiler" entries 'them[0]["MESSAGE"]' STREAM=boiler
check "journalctl -x explains it, with the name of the stream" eval \
    'journalctl --no-pager --catalog --unit=nobacktrackd.service STREAM=boiler | grep -q "unless boiler is a spelling"'
check "nothing of the daemon came by the stream of standard error" \
    equal 0 entries 'len(them)' _TRANSPORT=stdout SYSLOG_IDENTIFIER=nobacktrackd
# Its unit is known to the journal only if the journal is faster than its end.
check "each of 20 starts that fail says why, with its kind, under its unit" eval \
    'for i in {1..20}; do
         ! systemd-run --quiet --wait --unit=nobacktrackd-wrong$i --property=StandardError=journal \
             /usr/bin/nobacktrackd --level=2 || exit 1
     done
     for i in {1..20}; do
         until_true 10 eval "journal --unit=nobacktrackd-wrong$i \
             MESSAGE_ID=$(identifier "The configuration cannot be used") | grep -q predict.level" || exit 1
     done'
check "wrong arguments too" eval \
    '! systemd-run --quiet --wait --unit=nobacktrackd-mistaken --property=StandardError=journal \
         /usr/bin/nobacktrackd --bogus &&
     until_true 10 eval "journal --unit=nobacktrackd-mistaken MESSAGE_ID=$(identifier "The arguments cannot be used") |
         grep -q bogus"'
printf 'garbage\n%.0s' {1..1000} >/tmp/garbage
check "of a flood of bad lines a few are logged and the others counted" eval \
    '! systemd-run --quiet --wait --unit=nobacktrackd-flood --property=StandardError=journal \
         --property=StandardInput=file:/tmp/garbage --property=RuntimeDirectory=flood \
         --property=StateDirectory=flood /usr/bin/nobacktrackd --format=ndjson &&
     until_true 10 eval "journal --unit=nobacktrackd-flood | grep -q suppressed=" &&
     [ "$(journal --unit=nobacktrackd-flood NOBACKTRACKD_KIND=line-unusable | wc -l)" -lt 100 ]'
check "without the journal's socket its stream takes the messages with their levels" eval \
    '! systemd-run --quiet --wait --unit=nobacktrackd-apart --property=StandardError=journal \
         --property=InaccessiblePaths=/run/systemd/journal/socket /usr/bin/nobacktrackd --level=2 &&
     until_true 10 eval "journal --unit=nobacktrackd-apart PRIORITY=2 _TRANSPORT=stdout | grep -q predict.level"'

# --- Who may --------------------------------------------------------------------------------------------------

as_nobody=(setpriv --reuid=65534 --regid=65534)
group=$(getent group nobacktrack | cut -d: -f3)
check "a stranger cannot connect" \
    fails_with 69 "${as_nobody[@]}" --clear-groups nobacktrack status --socket "$predict"
check "a member of the group can ask" \
    "${as_nobody[@]}" --groups "$group" nobacktrack status --socket "$predict"
check "a member of the group may not change anything" \
    fails_with 1 "${as_nobody[@]}" --groups "$group" nobacktrack snapshot --socket "$predict"

# --- Restart from the checkpoint ------------------------------------------------------------------------------

samples 299 | send
check "300 samples are learned" equal 300 step_of boiler
check "a snapshot is written" nobacktrack snapshot
check "the checkpoint is on disk" test -f "$state/boiler/300.safetensors"
check "the checkpoint can be inspected" equal 300 \
    field "int(it['step'])" nobacktrack inspect --json "$state/boiler/300.safetensors"
before=$(property MainPID)
kill -9 "$before"
check "after kill -9 it is started again" until_true 30 is_active_again "$before"
check "it goes on at step 300" equal 300 step_of boiler
samples 1 | send
check "and learns on" equal 301 step_of boiler
check "the log has the step it went on from" equal "['300']" \
    entries 'sorted({it["STEP"] for it in them})' NOBACKTRACKD_KIND=stream-resumed STREAM=boiler

# --- Watchdog -------------------------------------------------------------------------------------------------

mkdir -p /run/systemd/system/nobacktrackd.service.d
printf '[Service]\nWatchdogSec=2s\n' >/run/systemd/system/nobacktrackd.service.d/watchdog.conf
systemctl daemon-reload
check "a restart keeps what was learned" eval 'systemctl restart nobacktrackd.service && equal 301 step_of boiler'
before=$(property MainPID)
# Longer than two intervals, under load and without: that a healthy learner lives takes that time to see.
samples 2000 | send
sleep 5
check "a healthy learner keeps its watchdog content" equal "$before" property MainPID
step=$(step_of boiler)
nobacktrack snapshot >/dev/null
"$here/hold_thread.py" "$before" "$learning_thread" >/tmp/held 2>&1 &
holder=$!
check "the learning thread can be made to hang" until_true 10 grep -q ^held /tmp/held
check "a learner that hangs is killed by the watchdog" \
    until_true 30 eval 'journal --unit=nobacktrackd.service | grep -q "Watchdog timeout"'
check "and started again" until_true 30 is_active_again "$before"
check "and goes on from its checkpoint" equal "$step" step_of boiler
kill "$holder" 2>/dev/null || true

# --- Stop -----------------------------------------------------------------------------------------------------

samples 10 | send
nobacktrack flush >/dev/null
python3 -c 'import socket, sys
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.connect(sys.argv[1])
connection.sendall(b"{\"op\":\"subscribe\",\"stream\":\"boiler\"}\n")
connection.settimeout(60)
while connection.recv(65536):
    open("/tmp/listening", "w").close()
open("/tmp/told", "w").close()' "$predict" &
check "a subscriber listens" until_true 10 test -e /tmp/listening
check "it stops when asked" systemctl stop nobacktrackd.service
check "and the subscriber is told so" until_true 10 test -e /tmp/told
check "with success" equal "success 0" eval 'echo "$(property Result) $(property ExecMainStatus)"'
check "having written what it learned" test -f "$state/boiler/$((step + 10)).safetensors"
check "a question wakes it again, nothing forgotten" equal "$((step + 10))" step_of boiler
. "$here/operation.sh"

check "its log has no complaint of a library" \
    silent eval 'journal --unit=nobacktrackd.service --grep="Failed to set|Operation not permitted|Fatal error" || true'

echo "$passed passed, $failed failed"
if [ "$failed" != 0 ]; then
    echo "--- the journal"
    journal --unit='nobacktrackd*' --output=short | tail -n 100
    exit 1
fi
