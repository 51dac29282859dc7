#!/usr/bin/env python3
"""through_restarts.py INGEST PREDICT ENOUGH: one producer and one subscriber, each on a connection that it never opens
again, until the file ENOUGH exists.

Prints a JSON object: the samples that were sent, the last acknowledgement, the events that came, the first and the last
step of them, how many were said to be dropped or not in their order, and whether a connection ended too soon.
"""

import json
import os
import socket
import sys
import threading
import time

ingest, predict, enough = sys.argv[1:]
result = {"sent": 0, "acknowledged": 0, "events": 0, "first": None, "last": None, "dropped": 0, "unordered": 0}
broken = threading.Event()


def connect(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect(path)
    return connection


def acknowledgements(connection):
    with connection.makefile("rb") as answers:
        for line in answers:
            result["acknowledged"] = json.loads(line)["ack"]


def events(connection, is_last):
    with connection.makefile("rb") as lines:
        lines.readline()
        for line in lines:
            event = json.loads(line)
            if event.get("event") != "forecast":
                continue
            result["events"] += 1
            result["dropped"] += event.get("dropped", 0)
            if result["last"] is not None and event["step"] != result["last"] + 1:
                result["unordered"] += 1
            result["first"] = result["first"] or event["step"]
            result["last"] = event["step"]
            if is_last(event["step"]):
                return
    broken.set()


producer = connect(ingest)
subscriber = connect(predict)
listening = threading.Thread(target=acknowledgements, args=(producer,))
listening.start()
# The stream has to be there before anybody can have its events.
producer.sendall(b'{"stream":"load","x":0}\n')
result["sent"] = 1
deadline = time.monotonic() + 30
while result["acknowledged"] < 1 and time.monotonic() < deadline:
    time.sleep(0.01)
subscriber.sendall(b'{"op":"subscribe","stream":"load"}\n')
finished = threading.Event()
following = threading.Thread(target=events, args=(subscriber, lambda step: finished.is_set() and step >= result["sent"]))
time.sleep(0.5)
following.start()
count = 1
while not os.path.exists(enough):
    # No faster than the events are read here: on a busy machine a subscriber's queue would overflow, as it is to.
    if count - (result["last"] or 0) > 500:
        time.sleep(0.002)
        continue
    # Cut anywhere, so that restarts find lines that are not whole.
    text = "".join(f'{{"stream":"load","x":{number % 17}}}\n' for number in range(count, count + 50)).encode()
    cut = count % len(text)
    producer.sendall(text[:cut])
    time.sleep(0.005)
    producer.sendall(text[cut:])
    count += 50
    result["sent"] = count
finished.set()
producer.sendall(b'{"stream":"load","x":0}\n')
result["sent"] += 1
producer.shutdown(socket.SHUT_WR)
listening.join(60)
following.join(60)
result["broken"] = broken.is_set()
print(json.dumps(result))
