#!/usr/bin/env python3
"""Scores the daemon's own forecasts of a CSV file: forecast first, then score, then learn.

The file goes through `nobacktrackd --print ndjson` by a pipe, as any sensor would, and every printed
forecast is held against the value that came later. A second run without output gives samples per second.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--target", required=True, help="column whose forecasts are scored")
    parser.add_argument("--horizons", default="1,12,24")
    parser.add_argument("--binary", default=".build/release/nobacktrackd")
    parser.add_argument("--skip", type=float, default=0.1, help="share of the run that is not scored")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("options", nargs="*", help="further options of nobacktrackd, after --")
    return parser.parse_args()


def run(args, printed):
    """Output and seconds of one run of the daemon over the file, in a state directory of its own."""
    with tempfile.TemporaryDirectory() as directory, open(args.file, "rb") as source:
        command = [
            args.binary, "--state-directory", directory + "/state",
            "--predict-socket", directory + "/predict.sock", "--horizons", args.horizons,
            "--targets", args.target, "--print", printed, "--log-level", "warning", *args.options]
        producer = subprocess.Popen(["cat"], stdin=source, stdout=subprocess.PIPE)
        begin = time.monotonic()
        done = subprocess.run(command, stdin=producer.stdout, stdout=subprocess.PIPE, check=True)
        seconds = time.monotonic() - begin
        producer.stdout.close()
        producer.wait()
        return done.stdout, seconds


def number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan


def score(values, events, horizon, target, skip):
    """(MAE, RMSE, the same of persistence, coverage) of one horizon; the skipped head of the run excluded."""
    errors, changes, covered, intervals = [], [], 0, 0
    for origin, event in enumerate(events):
        arrival = origin + horizon
        if arrival >= len(values) or arrival < skip or math.isnan(values[arrival]):
            continue
        forecast = next(
            f for f in event["forecasts"] if f["channel"] == target and f["horizon"] == horizon)
        if math.isnan(values[origin]):
            continue
        errors.append(values[arrival] - forecast["mean"])
        changes.append(values[arrival] - values[origin])
        if forecast.get("lower") is not None:
            intervals += 1
            covered += forecast["lower"] <= values[arrival] <= forecast["upper"]
    def mean_absolute(numbers):
        return sum(map(abs, numbers)) / len(numbers)
    def root_mean_square(numbers):
        return math.sqrt(sum(n * n for n in numbers) / len(numbers))
    return {
        "horizon": horizon,
        "mae": mean_absolute(errors), "persistence_mae": mean_absolute(changes),
        "rmse": root_mean_square(errors), "persistence_rmse": root_mean_square(changes),
        "coverage": covered / intervals if intervals else None,
    }


def main():
    args = arguments()
    with open(args.file, newline="") as source:
        values = [number(row[args.target]) for row in csv.DictReader(source)]
    output, _ = run(args, "ndjson")
    events = [json.loads(line) for line in output.splitlines()]
    if len(events) != len(values):
        sys.exit(f"{len(values)} samples went in, {len(events)} forecasts came out")
    _, seconds = run(args, "none")
    skip = int(args.skip * len(values))
    rows = [score(values, events, int(h), args.target, skip) for h in args.horizons.split(",")]
    if args.json:
        print(json.dumps({"samples": len(values), "samples_per_second": len(values) / seconds, "rows": rows}))
        return
    print(f"{args.file.name}: {len(values)} samples, {len(values) / seconds:.0f} a second from the pipe")
    print(f"{'horizon':>8} {'MAE':>10} {'persist.':>10} {'ratio':>7} {'RMSE':>10} {'persist.':>10} {'90 % held':>10}")
    for row in rows:
        held = "-" if row["coverage"] is None else f"{row['coverage']:.3f}"
        print(
            f"{row['horizon']:>8} {row['mae']:>10.4g} {row['persistence_mae']:>10.4g}"
            f" {row['mae'] / row['persistence_mae']:>7.3f} {row['rmse']:>10.4g}"
            f" {row['persistence_rmse']:>10.4g} {held:>10}")


if __name__ == "__main__":
    main()
