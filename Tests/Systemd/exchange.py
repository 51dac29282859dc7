#!/usr/bin/env python3
"""exchange.py SOCKET: sends standard input to a Unix stream socket, then prints what comes back until the end."""

import shutil
import socket
import sys

with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
    connection.settimeout(30)
    connection.connect(sys.argv[1])
    connection.sendall(sys.stdin.buffer.read())
    connection.shutdown(socket.SHUT_WR)
    with connection.makefile("rb") as answers:
        shutil.copyfileobj(answers, sys.stdout.buffer)
