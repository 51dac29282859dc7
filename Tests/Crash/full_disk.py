#!/usr/bin/env python3
"""full_disk.py: the disk of the state directory fills up, is free again, becomes read-only, and the daemon is killed
meanwhile, under each policy; what it has learned in the end is what it learns on a sound disk, byte for byte.

    full_disk.py BINARIES        (as root, for it mounts a small file system where nobody else sees it)
"""
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import kill_rounds
from kill_rounds import DEADLINE, Daemon, Producer, checkpoints, feed, samples, set_aside

COUNT = 3000


def fill(state):
    """Takes all that is left."""
    with open(f"{state}/.ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def free(state):
    os.unlink(f"{state}/.ballast")


def read_only(state):
    """Nothing may be open for writing then: the daemon has to be down."""
    subprocess.run(["mount", "-o", "remount,ro", state], check=True)


def wait_for(daemon, state, producers):
    """Feeds on until storage is as asked."""
    end = time.monotonic() + DEADLINE
    while True:
        feed(daemon, producers, time.monotonic() + 0.05)
        storage = daemon.ask({"op": "status"})["storage"]
        if storage["state"] == state:
            return storage
        assert time.monotonic() < end, f"storage is {storage}"


def run(program, directory, disturb):
    os.makedirs(f"{directory}/state")
    settings = {"NOBACKTRACKD_CHECKPOINT_ON_STORAGE_FAILURE": disturb or "continue"}
    if disturb:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k,mode=700", "none", f"{directory}/state"], check=True)
    state = f"{directory}/state"
    producer = Producer(samples("clock", COUNT, 1))
    daemon = Daemon(program, directory, "durable", **settings)
    assert daemon.connect([producer])
    for part in range(4 if disturb else 0):
        producer.limit = COUNT * (part + 1) // 5
        assert feed(daemon, [producer])
        fill(state)
        producer.limit += COUNT // 10
        if disturb == "exit":
            feed(daemon, [producer], time.monotonic() + DEADLINE)
            code = daemon.process.wait(DEADLINE)
            assert code == 74, f"the daemon ended with {code}"
        else:
            storage = wait_for(daemon, "failing", [producer])
            assert "ENOSPC" in storage["error"], storage
            assert daemon.ask({"op": "forecast", "stream": "clock"})["ok"]
            # What was acknowledged before it failed is on its way. And where a checkpoint is what has failed first, the
            # journal may have room for some samples in its last page.
            feed(daemon, [producer], time.monotonic() + 0.2)
            settled = producer.settled
            feed(daemon, [producer], time.monotonic() + 0.2)
            if storage["error"].startswith("journal: "):
                assert producer.settled == settled < producer.limit, "acknowledged without room for it"
            if part % 2 == 0:
                free(state)
                wait_for(daemon, "ok", [producer])
                assert feed(daemon, [producer])
                continue
            daemon.end(signal.SIGKILL)
        free(state)
        producer.socket.close()
        assert not set_aside(directory), set_aside(directory)
        if part == 3:
            read_only(state)
            attempt = Daemon(program, directory, "durable", **settings)
            code = attempt.process.wait(DEADLINE)
            assert code == 74, f"the daemon ended with {code} on a read-only disk"
            subprocess.run(["mount", "-o", "remount,rw", state], check=True)
        daemon = Daemon(program, directory, "durable", **settings)
        assert daemon.connect([producer])
    producer.limit = COUNT
    assert feed(daemon, [producer], time.monotonic() + DEADLINE), "not all is settled"
    assert daemon.end(signal.SIGTERM) == 0, f"see {directory}/log"
    found = checkpoints(directory)
    if disturb:
        subprocess.run(["umount", state], check=True)
    return found


def main():
    if os.environ.get("FULL_DISK_APART") is None:
        os.execvpe("unshare", ["unshare", "-m", *sys.argv], dict(os.environ, FULL_DISK_APART="yes"))
    program = f"{sys.argv[1]}/nobacktrackd"
    base = tempfile.mkdtemp(prefix="full-disk.")
    expected = run(program, f"{base}/sound", None)
    for policy in ["continue", "stopLearning", "exit"]:
        found = run(program, f"{base}/{policy}", policy)
        assert found == expected, (
            f"{policy}: the last checkpoint differs: {found['clock'][0]} for {expected['clock'][0]}, in {base}")
        print(f"{policy}: 4 times full, the last checkpoint is as on a sound disk")
    shutil.rmtree(base)


main()
