#!/usr/bin/env python3
"""Samples a second of the daemon's own learner and of deep-river's recurrent networks, in one run on one file.

Both forecast every sample at all horizons before they learn it. deep-river has no direct forecasts: its network is asked
for each horizon after the other, by feeding what it forecast; a part of the file is enough for its rate.

    pip install river deep-river pytest
"""

import argparse
import csv
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

from deep_river.regression import RollingRegressor
from river import preprocessing
from torch import nn


class Recurrent(nn.Module):
    def __init__(self, n_features, kind, hidden=16):
        super().__init__()
        self.cell = kind(input_size=n_features, hidden_size=hidden)
        self.readout = nn.Linear(hidden, 1)

    def forward(self, x):
        output, _ = self.cell(x)
        return self.readout(output[-1, :])


def deep_river(values, kind, horizons, window):
    """Samples a second."""
    model = RollingRegressor(
        module=Recurrent(1, kind), loss_fn="mse", optimizer_fn="adam", lr=1e-3, window_size=window)
    scaler = preprocessing.StandardScaler()
    begin = time.monotonic()
    for before, after in itertools.pairwise(values):
        x = {"x": before}
        scaler.learn_one(x)
        scaled = scaler.transform_one(x)
        for _ in horizons:
            model.predict_one(scaled)
        model.learn_one(scaled, after)
    return len(values) / (time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--target", required=True)
    parser.add_argument("--horizons", default="1,12,24")
    parser.add_argument("--samples", type=int, default=1000, help="of which deep-river's rate is taken")
    parser.add_argument("--window", type=int, default=24)
    parser.add_argument("--tool", default=".build/release/nobacktrack")
    args = parser.parse_args()
    with open(args.file, newline="") as source:
        values = [float(row[args.target]) for row in csv.DictReader(source)][:args.samples]
    horizons = args.horizons.split(",")
    for name, kind in ("RNN", nn.RNN), ("LSTM", nn.LSTM):
        rate = deep_river(values, kind, horizons, args.window)
        output = subprocess.run(
            [args.tool, "evaluate", str(args.file), "--targets", args.target, "--horizons", args.horizons, "--json"],
            check=True, stdout=subprocess.PIPE).stdout
        ours = json.loads(output.splitlines()[0])["samplesPerSecond"]
        print(f"deep-river {name} {rate:.0f} samples/s, the learner {ours:.0f}: {ours / rate:.0f} ×")


if __name__ == "__main__":
    sys.exit(main())
