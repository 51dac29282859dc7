#!/usr/bin/env python3
"""Forecasts of markers in space, held against a linear autoregression of each coordinate.

Every file has a time column and x1, x2, …, y1, …, z1, … of some markers at 10 Hz. All coordinates go to the daemon's own
learner together, by `nobacktrack evaluate --csv`; the linear model is fitted by recursive least squares to each by
itself, directly for each horizon, and forecasts too before it learns. Scored is what comes after a minute: the root mean
square over a marker's three coordinates, and its mean over the files.
"""

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HORIZONS = [1, 5, 10, 20]
LAGS, FORGETTING, FIRST = 24, 0.999, 600


def linear(values):
    """Forecasts of a direct linear autoregression, samples × horizons."""
    count = len(values)
    weights = np.zeros((len(HORIZONS), LAGS + 1))
    covariance = np.eye(LAGS + 1)
    features = np.ones((count, LAGS + 1))
    gains = np.zeros((count, LAGS + 1))
    out = np.zeros((count, len(HORIZONS)))
    for t in range(count):
        for j, h in enumerate(HORIZONS):
            if t >= h:
                error = values[t] - values[t - h] - weights[j] @ features[t - h]
                weights[j] += gains[t - h] * error
        lags = values[max(t - LAGS + 1, 0):t + 1][::-1]
        features[t, :LAGS] = 0
        features[t, :len(lags)] = lags
        projected = covariance @ features[t]
        gains[t] = projected / (FORGETTING + features[t] @ projected)
        covariance = (covariance - np.outer(gains[t], projected)) / FORGETTING
        out[t] = values[t] + weights @ features[t]
    return out


def served(path, names, tool):
    """Forecasts of the daemon's learner: the rows of its table."""
    with tempfile.TemporaryDirectory() as directory:
        rows = Path(directory) / "forecasts.csv"
        subprocess.run(
            [tool, "evaluate", str(path), "--horizons", ",".join(map(str, HORIZONS)),
             "--targets", ",".join(names), "--csv", str(rows)], check=True, stdout=subprocess.DEVNULL)
        with open(rows, newline="") as source:
            table = list(csv.DictReader(source))
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--tool", default=".build/release/nobacktrack")
    args = parser.parse_args()
    totals = {"served": [], "linear": [], "persistence": []}
    for path in args.files:
        with open(path, newline="") as source:
            rows = list(csv.DictReader(source))
        names = [name for name in rows[0] if name[0] in "xyz"]
        values = {name: np.array([float(row[name]) for row in rows]) for name in names}
        count = len(rows)
        forecasts = {kind: {} for kind in totals}
        table = served(path, names, args.tool)
        for name in names:
            forecasts["linear"][name] = linear(values[name])
            forecasts["persistence"][name] = np.repeat(values[name][:, None], len(HORIZONS), 1)
            forecasts["served"][name] = np.full((count, len(HORIZONS)), math.nan)
        for row in table:
            origin, h = int(row["step"]) - 1, int(row["horizon"])
            mean = float(row["mean"]) if row["mean"] else math.nan
            forecasts["served"][row["target"]][origin, HORIZONS.index(h)] = mean
        for kind in totals:
            line = []
            for j, h in enumerate(HORIZONS):
                squares = sum(
                    (values[name][FIRST:] - forecasts[kind][name][FIRST - h:count - h, j]) ** 2 for name in names)
                line.append(math.sqrt(squares.mean() / (len(names) / 3)))
            totals[kind].append(line)
    print(f"{'RMSE, mm':>12} " + " ".join(f"{h / 10:>7} s" for h in HORIZONS))
    for kind, lines in totals.items():
        print(f"{kind:>12} " + " ".join(f"{x:>9.3f}" for x in np.mean(lines, 0)))


if __name__ == "__main__":
    sys.exit(main())
