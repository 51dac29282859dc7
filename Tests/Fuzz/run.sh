#!/usr/bin/env bash
# run.sh [--seconds N] [--merge] [TARGET…]: holds what reads strangers' bytes against libFuzzer, N seconds (60) for
# each target, two at a time. Fails where one crashes, breaks a law, leaks, hangs or takes too much memory; the input
# then lies below .build/fuzz/found. --merge adds to Corpus the fewest of the new inputs that reach what its own do not.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
cd "$here/../.."
all=(ndjson csv influx auto f32le f64le symbols query checkpoint learner-state journal)

usage() {
    echo "usage: $0 [--seconds N] [--merge] [TARGET…]" >&2
    echo "targets: ${all[*]}" >&2
    exit 64
}

seconds=60
merge=
targets=()
while [ $# -gt 0 ]; do
    case $1 in
    --seconds)
        [[ ${2-} =~ ^[1-9][0-9]*$ ]] || usage
        seconds=$2
        shift
        ;;
    --merge) merge=yes ;;
    *)
        [[ " ${all[*]} " == *" $1 "* ]] || usage
        targets+=("$1")
        ;;
    esac
    shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

# The toolchain brings libFuzzer without a main function of its own.
toolchain=$(dirname "$(dirname "$(realpath "$(command -v swiftc)")")")
libraries=("$toolchain"/lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-"$(uname -m)".a)
[ -f "${libraries[0]}" ] || {
    echo "$0: no libFuzzer in $toolchain/lib/clang" >&2
    exit 69
}

out=$PWD/.build/fuzz
build=(swift build -c release --scratch-path "$out" --sanitize address
    -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp
    -Xlinker "${libraries[0]}" -Xlinker --undefined=LLVMFuzzerRunDriver -Xlinker -lstdc++
    --product NoBackTrackFuzz)
mkdir -p "$out/found" "$out/corpus" "$out/logs"
# The linker warns of every symbol that the sanitizer keeps to itself.
"${build[@]}" >"$out/logs/build" 2>&1 || {
    grep -v 'Cannot export local symbol' "$out/logs/build" >&2
    exit 1
}
program=$("${build[@]}" --show-bin-path)/NoBackTrackFuzz

# A trap is to end the process at once, as libFuzzer expects it.
export SWIFT_BACKTRACE=enable=no

length() {
    case $1 in
    f32le | f64le | symbols | checkpoint | learner-state | journal) echo 16384 ;;
    *) echo 4096 ;;
    esac
}

fuzz() {
    local target=$1 log=$out/logs/$1 status=0 executions
    mkdir -p "$out/corpus/$target"
    "$program" "$target" -max_total_time="$seconds" -max_len="$(length "$target")" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$out/found/$target-" \
        "$out/corpus/$target" "$here/Corpus/$target" >"$log" 2>&1 || status=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ $status != 0 ]; then
        echo "$target: failed (${executions:-0} executions)"
        tail -n 60 "$log" >&2
    else
        echo "$target: ${executions:-0} executions"
    fi
    return $status
}

# Two lanes, each taking the next target when it has done with one.
next=$(mktemp -d)
trap 'rm -rf "$next"' EXIT
lane() {
    local target failed=0
    for target in "${targets[@]}"; do
        mkdir "$next/$target" 2>/dev/null || continue
        fuzz "$target" || failed=1
    done
    return $failed
}
failed=0
lane &
first=$!
lane || failed=1
wait $first || failed=1

if [ -n "$merge" ]; then
    for target in "${targets[@]}"; do
        "$program" "$target" -set_cover_merge=1 -use_counters=0 -max_len="$(length "$target")" -timeout=10 \
            -rss_limit_mb=2048 "$here/Corpus/$target" "$out/corpus/$target" >"$out/logs/$target-merge" 2>&1 || failed=1
        echo "$target: $(find "$here/Corpus/$target" -type f | wc -l) inputs kept"
    done
fi
exit $failed
