#!/usr/bin/env python3
"""One NoBackTrack step in numpy and in PyTorch, as fast as either does it, for the benchmarks to compare with.

The step is the daemon's: a leaky tanh network is advanced, the estimate of rank one is renewed, the
signal-to-noise optimizer moves the parameters, all in single precision (the equations are numbered in
Sources/NoBackTrack/Estimator and written out in Sources/NoBackTrackTestSupport/TextbookNoBackTrack.swift).

    step.py [--n 64] [--m 8]   prints the median microseconds a step of each as JSON
    step.py --serve            is told by the benchmarks what to do, so that everything is measured in turn;
                               they also check that all three do the same

Packages: numpy, and torch for the second. From PyPI, for x86-64 Linux, torch comes with some gigabytes of CUDA,
without which it cannot be imported (`--no-deps` ends in "libcublasLt.so not found"); the builds for processors
alone do the same here and are all that is needed:

    python3 -m venv V && V/bin/pip install numpy && V/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu

Measured with numpy 2.4 and torch 2.13.0+cpu. Both run on one thread. PyTorch runs eagerly, without gradients.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np

try:
    import torch
except (ImportError, OSError, ValueError):
    torch = None

REGULARISATION, RATE, DAMPING, LARGEST, STEP_SIZE = 1e-12, 1e-3, 1e-2, 0.05, 0.005
# In the place of the test whether a mean square is zero: it is divided by.
TINY = 1e-30


def scaling(w, v):
    """rho of a pair of norms (14), nothing where there is nothing to reduce; takes and gives Python's floats."""
    if w <= 0:
        return 0.0
    if v <= 0:
        return 1.0
    return ((w + REGULARISATION) / (v + REGULARISATION)) ** 0.5


class NumpyStep:
    def __init__(self, leak, parameters, m):
        self.n = n = len(leak)
        self.m = m
        c = n + m + 1
        array = lambda *shape: np.zeros(shape, np.float32)
        self.leak, self.keep = leak.astype(np.float32), (1 - leak).astype(np.float32)
        self.W = parameters.reshape(n, c).astype(np.float32)
        self.recurrent = self.W[:, :n]
        self.h, self.z, self.zPrevious = array(n), array(c), array(c)
        self.z[-1] = self.zPrevious[-1] = 1
        self.D, self.DPrevious = array(n), array(n)
        self.v, self.w = array(n), array(n, c)
        self.mean, self.square = array(n, c), np.full((n, c), TINY, np.float32)
        self.A, self.AA = array(n, n), array(n, n)
        self.diagonal = self.A.reshape(-1)[:: n + 1]
        self.ones = np.ones(n, np.float32)
        self.means = np.full(c, 1 / c, np.float32)
        self.Av, self.injected = array(n), array(n)
        self.g, self.t, self.u = array(n, c), array(n, c), array(n, c)
        self.a, self.b, self.e = array(n), array(n), array(n)
        self.first = True

    def step(self, x, delta, signs):
        n, z, D, a, b, e = self.n, self.z, self.D, self.a, self.b, self.e
        # The network, (1) to (3).
        z[:n] = self.h
        z[n:-1] = x
        np.dot(self.W, z, out=a)
        np.tanh(a, out=a)
        np.multiply(self.leak, a, out=b)
        self.h *= self.keep
        self.h += b
        np.multiply(a, b, out=a)
        np.subtract(self.leak, a, out=D)
        # A by (4), its columns' norms, and both products with it.
        np.multiply(D[:, None], self.recurrent, out=self.A)
        self.diagonal += self.keep
        np.multiply(self.A, self.A, out=self.AA)
        np.dot(self.ones, self.AA, out=a)
        np.sqrt(a, out=a)
        a += REGULARISATION
        if self.first:
            # Nothing is there to be reduced yet, where every norm of w is zero.
            self.first = False
            b[:] = 0
            e[:] = 0
        else:
            zNorm = float(np.dot(self.zPrevious, self.zPrevious)) ** 0.5
            np.multiply(self.DPrevious, zNorm, out=b)
            b += REGULARISATION
            b /= a
            np.sqrt(b, out=b)  # rho_i by (14)
            np.divide(signs[1:], b, out=e)
            b *= signs[1:]
        Av = self.Av
        np.dot(self.A, self.v, out=Av)
        np.dot(self.A, b, out=self.injected)
        flat = self.w.reshape(-1)
        rho = scaling(float(np.dot(flat, flat)) ** 0.5, float(np.dot(Av, Av)) ** 0.5)
        sign = float(signs[0])
        np.multiply(Av, sign * rho, out=self.v)
        self.v += self.injected  # (11)
        e *= self.DPrevious
        self.w *= sign / rho if rho > 0 else 0.0
        np.dot(e[:, None], self.zPrevious[None, :], out=self.t)
        self.w += self.t  # (12)
        # The gradient by (15).
        np.multiply(delta, D, out=a)
        np.dot(a[:, None], z[None, :], out=self.t)
        g, t, u = self.g, self.t, self.u
        np.multiply(self.w, float(np.dot(delta, self.v)), out=g)
        g += t
        # The optimizer: running moments, signal to noise, the step.
        np.subtract(g, self.mean, out=t)
        t *= RATE
        self.mean += t
        np.multiply(g, g, out=t)
        t -= self.square
        t *= RATE
        self.square += t
        np.multiply(self.mean, self.mean, out=t)
        t /= self.square
        np.dot(t, self.means, out=a)
        a -= RATE
        np.maximum(a, 0, out=a)
        a *= STEP_SIZE
        np.add(self.square, DAMPING, out=u)
        np.divide(g, u, out=t)
        t *= a[:, None]
        np.clip(t, -LARGEST, LARGEST, out=t)
        self.W -= t
        # The rows for the next step (13).
        self.z, self.zPrevious = self.zPrevious, self.z
        self.D, self.DPrevious = self.DPrevious, self.D

    def result(self):
        return self.W.reshape(-1)


class TorchStep:
    def __init__(self, leak, parameters, m):
        self.n = n = len(leak)
        c = n + m + 1
        tensor = lambda *shape: torch.zeros(shape, dtype=torch.float32)
        self.leak = torch.from_numpy(leak.astype(np.float32))
        self.keep = 1 - self.leak
        self.W = torch.from_numpy(parameters.reshape(n, c).astype(np.float32).copy())
        self.recurrent = self.W[:, :n]
        self.h, self.z, self.zPrevious = tensor(n), tensor(c), tensor(c)
        self.z[-1] = self.zPrevious[-1] = 1
        self.D, self.DPrevious = tensor(n), tensor(n)
        self.v, self.w = tensor(n), tensor(n, c)
        self.mean, self.square = tensor(n, c), torch.full((n, c), TINY)
        self.A, self.AA = tensor(n, n), tensor(n, n)
        self.diagonal = self.A.view(-1)[:: n + 1]
        self.ones, self.means = torch.ones(n), torch.full((c,), 1 / c)
        self.Av, self.injected = tensor(n), tensor(n)
        self.g, self.t, self.u = tensor(n, c), tensor(n, c), tensor(n, c)
        self.a, self.b, self.e = tensor(n), tensor(n), tensor(n)
        self.first = True

    def step(self, x, delta, signs):
        n, z, D, a, b, e = self.n, self.z, self.D, self.a, self.b, self.e
        # The network, (1) to (3).
        z[:n].copy_(self.h)
        z[n:-1].copy_(x)
        torch.mv(self.W, z, out=a)
        a.tanh_()
        torch.mul(self.leak, a, out=b)
        torch.addcmul(b, self.h, self.keep, out=self.h)
        torch.addcmul(self.leak, a, b, value=-1, out=D)
        # A by (4), its columns' norms, and both products with it.
        torch.mul(D.unsqueeze(1), self.recurrent, out=self.A)
        self.diagonal.add_(self.keep)
        torch.mul(self.A, self.A, out=self.AA)
        torch.mv(self.AA.t(), self.ones, out=a)
        a.sqrt_().add_(REGULARISATION)
        if self.first:
            # Nothing is there to be reduced yet, where every norm of w is zero.
            self.first = False
            e.zero_()
            b.zero_()
        else:
            zNorm = torch.dot(self.zPrevious, self.zPrevious).item() ** 0.5
            torch.mul(self.DPrevious, zNorm, out=b)
            b.add_(REGULARISATION).div_(a).sqrt_()  # rho_i by (14)
            torch.div(signs[1:], b, out=e)
            b.mul_(signs[1:])
        Av, injected = self.Av, self.injected
        torch.mv(self.A, self.v, out=Av)
        torch.mv(self.A, b, out=injected)
        flat = self.w.view(-1)
        rho = scaling(torch.dot(flat, flat).item() ** 0.5, torch.dot(Av, Av).item() ** 0.5)
        sign = signs[0].item()
        torch.add(injected, Av, alpha=sign * rho, out=self.v)  # (11)
        e.mul_(self.DPrevious)
        # The outer product and the scaling of (12) in one pass.
        self.w.addr_(e, self.zPrevious, beta=sign / rho if rho > 0 else 0.0)
        # The gradient by (15).
        g, t, u = self.g, self.t, self.u
        torch.mul(delta, D, out=a)
        torch.mul(a.unsqueeze(1), z, out=t)
        torch.add(t, self.w, alpha=torch.dot(delta, self.v).item(), out=g)
        # The optimizer: running moments, signal to noise, the step.
        self.mean.lerp_(g, RATE)
        torch.mul(g, g, out=t)
        self.square.lerp_(t, RATE)
        torch.mul(self.mean, self.mean, out=t)
        t.div_(self.square)
        torch.mv(t, self.means, out=a)
        a.sub_(RATE).clamp_(min=0).mul_(STEP_SIZE)
        torch.add(self.square, DAMPING, out=u)
        torch.div(g, u, out=t)
        t.mul_(a.unsqueeze(1)).clamp_(-LARGEST, LARGEST)
        self.W.sub_(t)
        # The rows for the next step (13).
        self.z, self.zPrevious = self.zPrevious, self.z
        self.D, self.DPrevious = self.DPrevious, self.D

    def result(self):
        return self.W.reshape(-1).numpy()


class Contestant:
    """A step of one kind, and moments and signs that come round, drawn before the clock starts."""

    def __init__(self, kind, task):
        convert = (lambda rows: list(rows)) if kind is NumpyStep else (lambda rows: list(torch.from_numpy(rows)))
        self.make = lambda: kind(task["leak"], task["parameters"], task["inputs"].shape[1])
        self.inputs, self.deltas, self.signs = (convert(task[key]) for key in ("inputs", "deltas", "signs"))
        self.learner = self.make()
        self.place = 0

    def run(self, steps):
        """Takes so many steps; microseconds of this thread that each took."""
        learner, place = self.learner, self.place
        inputs, deltas, signs = self.inputs, self.deltas, self.signs
        period, turn = len(inputs), len(deltas) // len(inputs)
        begin = time.thread_time_ns()
        for step in range(place, place + steps):
            delta = deltas[step % period + period * ((step >> 12) % turn)]
            learner.step(inputs[step % period], delta, signs[step % len(signs)])
        self.place = place + steps
        return (time.thread_time_ns() - begin) / 1000 / steps

    def parameters_after(self, steps):
        """What a fresh network's parameters are after so many steps."""
        self.learner, self.place = self.make(), 0
        self.run(steps)
        return self.learner.result()


def contestants(task):
    """Every step that can be taken here, by name."""
    found = {"numpy": Contestant(NumpyStep, task)}
    if torch is not None:
        torch.set_num_threads(1)
        found["torch"] = Contestant(TorchStep, task)
    return found


def serve():
    """Answers the requests of the benchmarks, one JSON object a line: first the task, then names and steps."""
    task = {
        key: np.array(value, np.float32) for key, value in json.loads(sys.stdin.readline()).items()}
    found = contestants(task)
    print(json.dumps({"names": list(found), "numpy": np.__version__,
                      "torch": torch.__version__ if torch is not None else None}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        contestant = found[request["name"]]
        if request["op"] == "parameters":
            answer = {"parameters": contestant.parameters_after(request["steps"]).tolist()}
        else:
            answer = {"microseconds": contestant.run(request["steps"])}
        print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--m", type=int, default=8)
    parser.add_argument("--repetitions", type=int, default=41)
    parser.add_argument("--serve", action="store_true")
    args = parser.parse_args()
    if args.serve:
        return serve()
    n, m = args.n, args.m
    random = np.random.default_rng(1)
    number = lambda *shape: random.uniform(-1, 1, shape).astype(np.float32)
    forth = 0.2 * number(61, n)
    found = contestants({
        "leak": np.logspace(0, np.log10(0.02), n).astype(np.float32),
        "parameters": 0.2 * number(n * (n + m + 1)), "inputs": 1.7 * number(61, m),
        "deltas": np.concatenate([forth, -forth]), "signs": np.sign(number(4099, n + 1))})
    times = {name: [] for name in found}
    for repetition in range(args.repetitions + 1):
        for name, contestant in found.items():
            microseconds = contestant.run(200)
            if repetition > 0:
                times[name].append(microseconds)
    print(json.dumps({"n": n, "m": m, **{name: statistics.median(all) for name, all in times.items()}}))


if __name__ == "__main__":
    with torch.inference_mode() if torch is not None else contextlib.nullcontext():
        main()
