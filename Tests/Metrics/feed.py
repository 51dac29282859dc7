"""feed.py SOCKET: samples of streams with names that strangers could choose, lines that are no samples, numbers sent twice."""

import json
import math
import socket
import sys

NAMES = ["boiler,site=a", 'quote " and \\ backslash', "# hash } brace {a=\"1\",", "é 温度 \U0001f321", "\\n"]
CHANNELS = ["temp", "line\nfeed\r \u0000\u0001\t", 'quote " and \\']


def main():
    lines = []
    for step in range(300):
        for number, name in enumerate(NAMES):
            values = [math.sin(step / 7 + number), step % 5, 1e-7 * math.cos(step / 3)]
            lines.append(json.dumps(dict(zip(CHANNELS, values), stream=name, time=1763935200.25 + step)))
    lines += ["garbage", '{"stream":"boiler,site=a","temp":"x"}', '{"stream":"boiler,site=a","unknown":1}', '{"stream":"","a":1}']
    lines += 2 * ['{"stream":"plant","source":"p","seq":1,"x":1}']
    lines += [json.dumps({"stream": NAMES[0], "time": 5, **dict.fromkeys(CHANNELS, 1)})]

    with socket.socket(socket.AF_UNIX) as ingest:
        ingest.connect(sys.argv[1])
        ingest.sendall("".join(line + "\n" for line in lines).encode())
        ingest.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: ingest.recv(65536), b"")).splitlines()
    assert len(answers) == 5, answers


if __name__ == "__main__":
    main()
