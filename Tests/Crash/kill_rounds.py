#!/usr/bin/env python3
"""kill_rounds.py: feeds the daemon with acknowledgements, kills it at random moments, and compares what it has
learned in the end with a run that nobody disturbed, byte for byte.

    kill_rounds.py BINARIES [--rounds 300] [--seed N]

Every producer sends again what was not acknowledged; it would lose nothing that the daemon forgot, were the daemon
to learn what it had learned already, or not to learn what it had acknowledged, the last checkpoints would differ.
"""
import argparse
import atexit
import json
import math
import os
import random
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DEADLINE = 60
SAMPLES_A_ROUND = 25


def samples(stream, count, seed):
    """The lines of one stream, each with its number; some of them late, sent twice, or after a gap."""
    rng = random.Random(f"{seed} {stream}")
    lines, now = [], 1000.0
    for number in range(1, count + 1):
        sample = {"stream": stream, "source": "p", "seq": number}
        if stream.startswith("clock"):
            now += rng.choice([1] * 60 + [4, 30, 0])
            sample["time"] = now - 2.5 if rng.random() < 0.02 else now
        value = math.sin(number / 7) + 0.1 * rng.random()
        sample["x"] = None if rng.random() < 0.01 else value
        if stream.endswith("wide"):
            sample.update({f"c{place}": value * place for place in range(8)})
        lines.append((json.dumps(sample, separators=(",", ":")) + "\n").encode())
    return lines


class Producer:
    """Sends one stream's lines in their order, again from the first that is not settled on every connection."""

    def __init__(self, lines):
        self.lines = lines
        self.settled = 0
        self.resent = 0
        self.limit = len(lines)
        self.socket = None
        self.furthest = 0

    @property
    def is_done(self):
        return self.settled >= self.limit

    def connect(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.base = self.next = self.settled
        self.resent += self.furthest - self.settled
        self.pending, self.answers = b"", b""

    def work(self):
        """Sends and reads as much as goes; raises OSError when the connection is gone."""
        moved = False
        while True:
            if not self.pending and self.next < self.limit:
                end = min(self.next + 20, self.limit)
                self.pending = b"".join(self.lines[self.next : end])
                self.next = end
                self.furthest = max(self.furthest, end)
            if not self.pending:
                break
            try:
                sent = self.socket.send(self.pending)
            except BlockingIOError:
                break
            self.pending = self.pending[sent:]
            moved = True
        try:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise ConnectionResetError
            self.answers += chunk
            moved = True
        except BlockingIOError:
            pass
        *lines, self.answers = self.answers.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "ack" in message:
                settled = self.base + message["ack"] + message.get("refused", 0)
                assert self.settled <= settled <= self.next, (settled, self.settled, self.next)
                self.settled = settled
        return moved


class Daemon:
    """The daemon on one state directory, started as often as it is killed."""

    def __init__(self, program, directory, ack, **settings):
        self.directory = directory
        self.log = open(f"{directory}/log", "ab")
        environment = dict(
            os.environ, NOBACKTRACKD_JOURNAL_MAX_BYTES="1048576", SWIFT_BACKTRACE="enable=no", **settings)
        self.process = subprocess.Popen(
            [program, "--state-directory", f"{directory}/state", "--ingest-socket", f"{directory}/in",
             "--predict-socket", f"{directory}/out", "--hidden-units", "4", "--ack", ack,
             "--checkpoint-interval-samples", "37", "--checkpoint-interval-seconds", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log, env=environment)
        # One that has ended is not killed again: its number may be another's.
        atexit.register(self.process.kill)

    def connect(self, producers):
        """Connects all producers; false when the daemon has ended before."""
        for producer in producers:
            end = time.monotonic() + DEADLINE
            while True:
                try:
                    producer.connect(f"{self.directory}/in")
                    break
                except OSError:
                    if self.process.poll() is not None:
                        return False
                    assert time.monotonic() < end, "the daemon does not listen"
                    time.sleep(0.0005)
        return True

    def ask(self, request):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(f"{self.directory}/out")
            client.sendall(json.dumps(request).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                chunk = client.recv(65536)
                if not chunk:
                    raise ConnectionResetError
                answer += chunk
            return json.loads(answer)

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        self.log.close()
        return code


def feed(daemon, producers, until=math.inf):
    """Feeds until all is settled, the time has come, or the daemon has gone.

    Returns whether all is settled."""
    while time.monotonic() < until:
        try:
            moved = [producer.work() for producer in producers if not producer.is_done]
        except OSError:
            return False
        if all(producer.is_done for producer in producers):
            return True
        if not any(moved):
            with selectors.DefaultSelector() as selector:
                for producer in producers:
                    if not producer.is_done:
                        selector.register(producer.socket, selectors.EVENT_READ)
                wait = min(until - time.monotonic(), DEADLINE)
                if not selector.select(max(0, wait)) and wait == DEADLINE:
                    raise AssertionError("nothing is settled")
    return False


def order(daemon, part):
    """Switches learning at a place that all samples before are settled; it may be said twice."""
    answer = daemon.ask({"op": "learn", "stream": "plain", "enabled": part % 2 == 1})
    assert answer["ok"], answer


def checkpoints(directory):
    """Every stream's newest checkpoint, without the time of writing."""
    found = {}
    state = f"{directory}/state"
    for stream in sorted(os.listdir(state)):
        if stream.startswith("."):
            continue
        files = os.listdir(f"{state}/{stream}")
        newest = max((int(name.split(".")[0]), name) for name in files if name.endswith(".safetensors"))[1]
        data = bytearray(open(f"{state}/{stream}/{newest}", "rb").read())
        place = data.index(b'"saved_at":"') + 12
        data[place : place + 17] = b"0" * 17
        found[stream] = (newest, bytes(data))
    return found


def set_aside(directory):
    return [
        f"{place}/{name}"
        for place, _, names in os.walk(f"{directory}/state") for name in names
        if ".corrupt" in name or ".replaced" in name
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    options = parser.parse_args()
    program = f"{options.binaries}/nobacktrackd"
    rng = random.Random(options.seed)
    base = tempfile.mkdtemp(prefix="kill-rounds.")
    print(f"seed {options.seed}, in {base}", flush=True)
    count = options.rounds * SAMPLES_A_ROUND
    streams = {name: samples(name, count, options.seed) for name in ["plain", "clock", "wide", "clock-wide"]}
    parts = max(2, options.rounds // 30)
    limits = [count * (part + 1) // parts for part in range(parts)]

    def run(name, disturb):
        directory = f"{base}/{name}"
        os.mkdir(directory)
        producers = [Producer(lines) for lines in streams.values()]
        kills, part, began = 0, 0, time.monotonic()
        # How long a daemon lives: from not at all to about two rounds' samples.
        life = 0.1
        while True:
            daemon = Daemon(program, directory, rng.choice(["learned", "durable"]) if disturb else "learned")
            kill_at = time.monotonic() + rng.uniform(0, life) if disturb and kills < options.rounds else math.inf
            for producer in producers:
                producer.limit = limits[part]
            settled = False
            if daemon.connect(producers):
                try:
                    while feed(daemon, producers, kill_at):
                        order(daemon, part)
                        if rng.random() < 0.3:
                            assert daemon.ask({"op": "snapshot"})["ok"]
                        part += 1
                        if part == parts:
                            break
                        for producer in producers:
                            producer.limit = limits[part]
                except (OSError, json.JSONDecodeError):
                    pass
            if part == parts:
                if kills < options.rounds and disturb:
                    # The samples are used up: kills go on, on what is there.
                    part = parts - 1
                else:
                    code = daemon.end(signal.SIGTERM)
                    assert code == 0, f"the daemon ended with {code}: see {directory}/log"
                    return directory, producers, kills, time.monotonic() - began
            code = daemon.process.poll()
            assert code is None, f"the daemon ended by itself with {code}: see {directory}/log"
            daemon.end(signal.SIGKILL)
            for producer in producers:
                if producer.socket:
                    producer.socket.close()
            assert not set_aside(directory), set_aside(directory)
            kills += 1
            # As long as there are rounds there are to be samples.
            done = sum(producer.settled for producer in producers) / (count * len(producers))
            life = min(0.4, life * (1.05 if done < kills / options.rounds else 0.95))

    undisturbed, _, _, _ = run("undisturbed", False)
    disturbed, producers, kills, seconds = run("disturbed", True)
    expected, found = checkpoints(undisturbed), checkpoints(disturbed)
    different = [stream for stream in expected if found.get(stream) != expected[stream]]
    steps = {stream: (expected[stream][0], found.get(stream, ("none",))[0]) for stream in different}
    print(
        f"{kills} kills in {seconds:.0f} s, {count * len(producers)} samples, "
        f"{sum(producer.resent for producer in producers)} sent again: 0 states unreadable, "
        f"{len(different)} of {len(expected)} last checkpoints differ {steps if different else ''}")
    if different:
        sys.exit(1)
    shutil.rmtree(base)


if __name__ == "__main__":
    main()
