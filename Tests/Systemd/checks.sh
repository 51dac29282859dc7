# Sourced by the scripts that test in a real systemd: a line a check, and what checks are made of.
# shellcheck shell=bash

passed=0
failed=0

# check WHAT COMMAND [ARG]...: one line, ok if COMMAND succeeds.
check() {
    local what=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok   $what"
        passed=$((passed + 1))
    else
        echo "FAIL $what"
        # What a failed check said, below it.
        printf '%s\n' "$output" | sed 's/^/     | /'
        failed=$((failed + 1))
    fi
}

# until_true SECONDS COMMAND [ARG]...: waits for COMMAND to succeed.
until_true() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "not within the time: $*"
            return 1
        fi
        sleep 0.05
    done
}

# equal EXPECTED COMMAND [ARG]...: COMMAND's output is EXPECTED.
equal() {
    local expected=$1 found
    shift
    found=$("$@") || {
        echo "failed: $*: $found"
        return 1
    }
    [ "$found" = "$expected" ] || {
        echo "expected '$expected', found '$found', from: $*"
        return 1
    }
}

silent() {
    equal "" "$@"
}

# field EXPRESSION COMMAND...: EXPRESSION of the JSON object `it` that COMMAND prints.
field() {
    local expression=$1
    shift
    "$@" | python3 -c 'import json, sys; it = json.load(sys.stdin); print(eval(sys.argv[1]))' "$expression"
}

# fails_with STATUS COMMAND [ARG]...: COMMAND's exit status is STATUS.
fails_with() {
    local expected=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" = "$expected" ] || {
        echo "exit status $status, expected $expected"
        return 1
    }
}

# samples COUNT: so many samples of the stream boiler.
samples() {
    local i
    for ((i = 0; i < $1; i++)); do
        echo "{\"stream\":\"boiler\",\"temp\":$((20 + i % 7)).5,\"flow\":$((i % 3))}"
    done
}

# sensor: a sample every millisecond until /tmp/enough exists; how many is in /tmp/sent then.
sensor() {
    python3 -u -c '
import math, os, time
count = 0
while not os.path.exists("/tmp/enough"):
    count += 1
    print(f"[{20 + math.sin(count / 9):.3f}]")
    time.sleep(0.001)
open("/tmp/sent", "w").write(str(count))'
}

# has_learned STREAM AT-LEAST: by the script's own step_of.
has_learned() {
    [ "$(step_of "$1")" -ge "$2" ]
}

# journal OPTION...: what is in the journal by now.
journal() {
    journalctl --sync 2>/dev/null || true
    journalctl --quiet --no-pager --output=cat "$@"
}
