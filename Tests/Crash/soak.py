#!/usr/bin/env python3
"""soak.py: a daemon under everything at once for a long time; its memory is to stay flat and no descriptor to be lost.

    soak.py BINARIES [--minutes 30]

Eight producers at full speed, acknowledged; fifty subscribers, of which five never read; connections that come, say
half a line or nonsense, and go; more streams than may be in memory; questions of every kind.
"""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PRODUCERS, SUBSCRIBERS, DEAF = 8, 50, 5


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.settimeout(60)
    return client


def produce(path, name, stopping, counts):
    """One producer; what it is told is read by a thread of its own."""
    rng = random.Random(name)
    while not stopping.is_set():
        client = connect(path)
        acknowledged = [0]

        def listen():
            rest = b""
            try:
                while chunk := client.recv(65536):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        acknowledged[0] = max(acknowledged[0], json.loads(line).get("ack", 0))
            except OSError:
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            # A new connection now and then.
            for _ in range(rng.randrange(50, 400)):
                if stopping.is_set():
                    break
                stream = f"{name}-{rng.randrange(12)}" if rng.random() < 0.2 else name
                client.sendall(b"".join(
                    json.dumps({"stream": stream, "a": rng.random(), "b": rng.random()}).encode() + b"\n"
                    for _ in range(200)))
            client.shutdown(socket.SHUT_WR)
            listener.join()
        except OSError:
            pass
        client.close()
        listener.join()
        counts[name] = counts.get(name, 0) + acknowledged[0]


def subscribe(path, name, stopping):
    """Reads all events of one stream, or none at all."""
    client = connect(path)
    client.sendall(json.dumps({"op": "subscribe", "stream": name}).encode() + b"\n")
    try:
        while not stopping.is_set():
            if not client.recv(65536):
                break
    except OSError:
        pass
    client.close()


def churn(ingest, predict, stopping):
    """Connections that are of no use to anybody."""
    rng = random.Random(1)
    while not stopping.is_set():
        try:
            client = connect(ingest)
            client.sendall(rng.choice([b'{"x":', b"nonsense\n" * 50, b"", bytes(rng.randbytes(300)), b'{"x":1}\n']))
            client.close()
            client = connect(predict)
            client.sendall(rng.choice([
                b'{"op":"status"}\n', b'{"op":"snapshot"}\n', b'{"op":"flush"}\n', b"{}\n", b'{"op":"fore',
                b'{"op":"forecast","stream":"p0"}\n']))
            client.settimeout(5)
            client.recv(65536)
            client.close()
        except OSError:
            client.close()
        stopping.wait(0.02)


def resident(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1])


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--minutes", type=float, default=30)
    options = parser.parse_args()
    base = tempfile.mkdtemp(prefix="soak.")
    ingest, predict = f"{base}/in", f"{base}/out"
    log = open(f"{base}/log", "wb")
    process = subprocess.Popen(
        [f"{options.binaries}/nobacktrackd", "--state-directory", f"{base}/state", "--ingest-socket", ingest,
         "--predict-socket", predict, "--ack", "durable", "--checkpoint-interval-seconds", "5"],
        stdin=subprocess.DEVNULL, stderr=log, env=dict(os.environ, NOBACKTRACKD_STREAMS_MAX="64"))
    deadline = time.monotonic() + 60
    while not (os.path.exists(ingest) and os.path.exists(predict)):
        assert time.monotonic() < deadline and process.poll() is None, "the daemon does not start"
        time.sleep(0.01)
    with connect(predict) as client:
        client.sendall(b'{"op":"status"}\n')
        client.recv(65536)
    first = descriptors(process)
    stopping, counts = threading.Event(), {}
    names = [f"p{number}" for number in range(PRODUCERS)]
    with connect(ingest) as client:
        client.sendall("".join(f'{{"stream":"{name}","a":1,"b":1}}\n' for name in names).encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    threads = [threading.Thread(target=produce, args=(ingest, name, stopping, counts)) for name in names]
    threads += [
        threading.Thread(target=subscribe, args=(predict, names[number % PRODUCERS], stopping))
        for number in range(SUBSCRIBERS - DEAF)
    ]
    threads.append(threading.Thread(target=churn, args=(ingest, predict, stopping)))
    deaf = [connect(predict) for _ in range(DEAF)]
    for number, client in enumerate(deaf):
        client.sendall(json.dumps({"op": "subscribe", "stream": names[number]}).encode() + b"\n")
    for thread in threads:
        thread.start()
    # The first tenth, or two minutes, is for everything to come to its size.
    warm = time.monotonic() + min(120, options.minutes * 6)
    end = time.monotonic() + options.minutes * 60
    sizes = []
    while time.monotonic() < end:
        time.sleep(1)
        assert process.poll() is None, f"the daemon has ended: {base}/log"
        if time.monotonic() >= warm:
            sizes.append(resident(process))
            if len(sizes) % 60 == 1:
                print(f"{sizes[-1] / 1024:.1f} MiB, {descriptors(process)} descriptors, "
                      f"{sum(counts.values())} samples acknowledged", flush=True)
    stopping.set()
    for client in deaf:
        client.close()
    for thread in threads:
        thread.join(60)
    deadline = time.monotonic() + 60
    while descriptors(process) > first and time.monotonic() < deadline:
        time.sleep(0.1)
    last = descriptors(process)
    process.send_signal(signal.SIGTERM)
    code = process.wait(120)
    tenth = max(1, len(sizes) // 10)
    before, after = statistics.median(sizes[:tenth]), statistics.median(sizes[-tenth:])
    print(f"{sum(counts.values())} samples acknowledged; resident {before / 1024:.1f} MiB after warming up, "
          f"{after / 1024:.1f} at the end ({after / before - 1:+.1%}); descriptors {first} before, {last} after; "
          f"exit {code}")
    if after > before * 1.05 or last > first or code != 0:
        sys.exit(1)
    shutil.rmtree(base)


main()
