# Sourced by run.sh: what an administrator does with a service that runs, and what becomes of its clients.
# shellcheck shell=bash

configuration=/etc/nobacktrackd/nobacktrackd.yaml
drop_ins=/run/systemd/system/nobacktrackd.service.d

# configure LINE...: the whole configuration.
configure() {
    mkdir -p "$(dirname "$configuration")"
    printf '%s\n' "$@" >"$configuration"
}

level() {
    field "it['forecasts'][0]['level']" nobacktrack forecast boiler --json
}

# --- Reload ---------------------------------------------------------------------------------------------------

# How often it may start in a minute is for services that fail.
systemctl reset-failed nobacktrackd.service
step=$(step_of boiler)
before=$(property MainPID)
configure 'predict: {level: 0.8, controlGroup: nobacktrack}' 'log: {level: debug}' 'learner: {hiddenUnits: 5}' \
    'ingest: {ack: durable}'
check "a reload with another configuration" systemctl reload nobacktrackd.service
check "changes what can change" until_true 10 equal 0.8 level
check "in the same process, which is active again" equal "$before active" eval 'echo "$(property MainPID) $(property ActiveState)"'
check "and names what cannot" equal "['learner.hiddenUnits']" \
    entries '[it["NOBACKTRACKD_KEYS"] for it in them]' NOBACKTRACKD_KIND=keys-need-restart
samples 1 | send
step=$(step_of boiler)
usermod --append --groups nobacktrack nobody
check "a member of the group may change things now" \
    "${as_nobody[@]}" --groups "$group" nobacktrack snapshot --socket "$predict"
check "messages of the new level are logged" until_true 10 eval \
    '[ "$(entries "len(them)" NOBACKTRACKD_KIND=checkpoint-written)" -gt 0 ]'
configure 'predict: {level: 8}'
check "a reload with a configuration that is none fails" fails_with 1 systemctl reload nobacktrackd.service
check "and says why" eval 'journal --unit=nobacktrackd.service | grep -q "predict.level: 8"'
check "and changes nothing" equal "$before 0.8 active" eval 'echo "$(property MainPID) $(level) $(property ActiveState)"'
kill -HUP "$before"
check "a bare HUP changes nothing either" until_true 10 eval \
    '[ "$(entries "len(them)" NOBACKTRACKD_KIND=configuration-kept)" = 1 ] && equal "$before 0.8" eval "echo \$(property MainPID) \$(level)"'
rm -f /tmp/enough
sensor | nobacktrack send --stream patient --patience 120 >/tmp/send 2>&1 &
sender=$!
check "a sensor is learned" until_true 60 has_learned patient 100
check "a restart with it fails before anything runs" fails_with 1 systemctl restart nobacktrackd.service
check "with the status of a bad configuration" equal 78 eval \
    'systemctl show --property=ExecStartPre --value nobacktrackd.service | sed -n "s/.*status=\([0-9]*\).*/\1/p"'
# Who waits at the sockets has it started again and again, until systemd gives up the sockets too.
check "clients that wait do not make it better" until_true 90 equal failed \
    systemctl show --property=ActiveState --value nobacktrackd-ingest.socket
configure 'ingest: {ack: durable}' 'predict: {controlGroup: nobacktrack}'
systemctl reset-failed nobacktrackd.service nobacktrackd-{ingest,predict}.socket
check "with a right one it goes on where it was" eval 'systemctl start nobacktrackd.service && equal "$step" step_of boiler'
check "and so do its sockets" equal "$(printf 'active\n\nactive')" \
    systemctl show --property=ActiveState --value nobacktrackd-{ingest,predict}.socket
check "and the sensor" until_true 60 has_learned patient "$(($(step_of patient) + 100))"
touch /tmp/enough
sent=0
wait "$sender" || sent=$?
check "of whose samples none is lost" eval 'cat /tmp/send; [ $sent = 0 ] && equal "$(cat /tmp/sent)" step_of patient'

# --- Restarts under load --------------------------------------------------------------------------------------

rm -f /tmp/enough
python3 "$here/through_restarts.py" "$ingest" "$predict" /tmp/enough >/tmp/load 2>&1 &
load=$!
sensor | nobacktrack send --stream sensor --patience 120 >/tmp/send 2>&1 &
sender=$!
check "a load is learned" until_true 60 has_learned load 1000
for number in 1 2 3; do
    before=$(property MainPID)
    check "restart $number under load" systemctl restart nobacktrackd.service
    check "is another process" is_active_again "$before"
    check "and learning goes on" until_true 60 has_learned load "$(($(step_of load) + 1000))"
done
check "connections went on" eval '[ "$(entries "len(them)" NOBACKTRACKD_KIND=connections-resumed)" -ge 3 ]'
touch /tmp/enough
wait "$load" || true
check "no connection ended" equal False field "it['broken']" cat /tmp/load
check "every sample was acknowledged" equal True field "it['acknowledged'] == it['sent']" cat /tmp/load
check "and learned, once" equal "$(field "it['sent']" cat /tmp/load)" step_of load
check "the subscriber missed nothing" equal "[0, 0, True]" \
    field "[it['dropped'], it['unordered'], it['events'] == it['last'] - it['first'] + 1 and it['last'] == it['sent']]" cat /tmp/load
sent=0
wait "$sender" || sent=$?
check "the sender of samples from a pipe is done" eval 'cat /tmp/send; [ $sent = 0 ]'
check "and lost none" equal "$(cat /tmp/sent)" step_of sensor

# --- A producer that goes while nobody runs -------------------------------------------------------------------

configure 'predict: {controlGroup: nobacktrack}'
mkdir -p "$drop_ins"
printf '[Service]\nExecStartPre=/bin/sleep 3\n' >"$drop_ins/gap.conf"
systemctl daemon-reload
systemctl restart nobacktrackd.service
rm -f /tmp/in-between
python3 - "$ingest" <<'END' &
import os, socket, sys, time
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.connect(sys.argv[1])
connection.sendall(b'{"stream":"gap","x":1}\n{"stream":"gap","x"')
while not os.path.exists("/tmp/in-between"):
    time.sleep(0.01)
connection.sendall(b':2}\n{"stream":"gap","x":3}')
END
producer=$!
check "half a line has come" until_true 30 has_learned gap 1
systemctl restart --no-block nobacktrackd.service
check "nobody runs" until_true 30 equal start-pre property SubState
touch /tmp/in-between
wait "$producer"
check "the producer has sent the rest and gone, still nobody runs" equal start-pre property SubState
check "all it has sent is learned" until_true 30 equal 3 step_of gap
rm "$drop_ins/gap.conf"
configure 'ingest: {ack: durable}' 'predict: {controlGroup: nobacktrack}'
systemctl daemon-reload
systemctl restart nobacktrackd.service

# --- Kills under load -----------------------------------------------------------------------------------------

systemctl reset-failed nobacktrackd.service
rm -f /tmp/enough
sensor | nobacktrack send --stream killed --patience 120 >/tmp/send 2>&1 &
sender=$!
check "another load is learned" until_true 60 has_learned killed 500
for number in 1 2 3; do
    before=$(property MainPID)
    kill -9 "$before"
    check "after kill -9 number $number it is started again" until_true 30 is_active_again "$before"
    check "and learning goes on" until_true 60 has_learned killed "$(($(step_of killed) + 500))"
done
touch /tmp/enough
sent=0
wait "$sender" || sent=$?
check "the sender has all settled" eval 'cat /tmp/send; [ $sent = 0 ]'
check "none is lost, none learned twice" equal "$(cat /tmp/sent)" step_of killed

# --- Instances ------------------------------------------------------------------------------------------------

for instance in left right; do
    check "the sockets of the instance $instance start" \
        systemctl start "nobacktrackd-ingest@$instance.socket" "nobacktrackd-predict@$instance.socket"
done
at() { # INSTANCE COMMAND...: the programs of the client, there
    local instance=$1 command=$2
    shift 2
    nobacktrack "$command" --socket "/run/nobacktrackd-$instance/predict.sock" "$@"
}
mkdir -p /etc/nobacktrackd-right
echo 'predict: {level: 0.7}' >/etc/nobacktrackd-right/nobacktrackd.yaml
samples 5 | python3 "$here/exchange.py" /run/nobacktrackd-left/ingest.sock
samples 8 | python3 "$here/exchange.py" /run/nobacktrackd-right/ingest.sock
for instance in left right; do at "$instance" flush >/dev/null; done
check "each learns its own samples" equal "5 8" eval \
    'echo $(for instance in left right; do field "it[\"step\"]" at "$instance" forecast --json; done)'
check "each by its own configuration" equal "0.9 0.7" eval \
    'echo $(for instance in left right; do field "it[\"forecasts\"][0][\"level\"]" at "$instance" forecast --json; done)'
check "each has its own state" eval \
    'for instance in left right; do test -d "/var/lib/private/nobacktrackd-$instance/.journal" || exit 1; done'
check "one stops, the other does not care" equal "inactive active" eval \
    'systemctl stop nobacktrackd@left.service
     echo $(systemctl show --property=ActiveState --value nobacktrackd@left.service nobacktrackd@right.service)'
systemctl stop 'nobacktrackd-*@left.socket' 'nobacktrackd-*@right.socket' nobacktrackd@right.service

# --- Memory pressure ------------------------------------------------------------------------------------------

# Without a memory controller whose pressure could be watched, a pipe tells, by the same protocol.
mkfifo -m 666 /run/pressure
mkdir -p "$drop_ins"
printf '[Service]\nEnvironment=MEMORY_PRESSURE_WATCH=/run/pressure\n' >"$drop_ins/pressure.conf"
configure 'streams: {max: 20000, idleSeconds: 0}' 'learner: {hiddenUnits: 16, experts: none}' 'checkpoint: {intervalSeconds: 0}'
rm -rf "$state"/*
systemctl daemon-reload
systemctl stop nobacktrackd.service
find "$state" -mindepth 1 -delete
many() { # SAMPLES: so many of each of 10 000 streams, over connections with a part of them each
    local first
    for first in 0 2500 5000 7500; do
        python3 -c 'import sys
first, count = int(sys.argv[1]), int(sys.argv[2])
for number in range(count):
    for stream in range(first, first + 2500):
        print(f"{{\"stream\":\"s{stream}\",\"x\":{(number + stream) % 7}}}")' "$first" "$1" | send
    done
}
in_memory() {
    nobacktrack metrics | awk '$1 == "nobacktrackd_streams_in_memory" { print int($2) }'
}
resident() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(property MainPID)/status"
}
check "samples of 10 000 streams are taken" silent eval 'many 2'
check "all of them are in memory" equal 10000 eval 'nobacktrack flush >/dev/null; in_memory'
full=$(resident)
echo >/run/pressure
check "memory is said to be short: all leave it" until_true 300 equal 0 in_memory
check "which is logged" until_true 60 equal "['10000']" \
    entries '[it["NOBACKTRACKD_LEFT"] for it in them]' NOBACKTRACKD_KIND=memory-short
echo "     resident: $full kB before, $(resident) kB after"
check "less than half of the memory is taken" eval '[ $(($(resident) * 2)) -lt $full ]'
check "each comes back with its next sample" silent eval 'many 1'
check "none is lost" equal "[10000, {3}]" field "[len(it['streams']), {s['step'] for s in it['streams']}]" nobacktrack streams --json
rm "$drop_ins/pressure.conf" "$configuration"
systemctl stop nobacktrackd.service
find "$state" -mindepth 1 -delete
systemctl daemon-reload
