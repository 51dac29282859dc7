#!/usr/bin/env python3
"""readme_commands.py README BINARIES: runs the ```sh blocks of a Markdown file, so that what it shows is true.

The line above each block, an HTML comment that no reader sees, says how:

    <!-- ci -->               runs; each command must succeed
    <!-- ci: background -->   is started, and asked to stop (TERM) after the last block; must end with success
    <!-- ci: seconds 5 -->    is interrupted (INT) after that time; must end with success
    <!-- ci: skip, REASON --> does not run

A block without such a line is an error: nothing is shown that was not thought about. Blocks run in the order of
the file, each in a bash of its own (set -euo pipefail) in the project's directory, all with one throw-away HOME
and BINARIES first in PATH.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^([^\n]*)\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = re.compile(r"<!-- ci(?:: (?:(background)|seconds (\d+)|skip, (\S.*)))? -->")
LIMIT = 600


def blocks(text):
    """The file's blocks: line number, mark, commands. Exits if one has no mark."""
    found = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        mark = MARK.fullmatch(match[1].strip())
        if not mark:
            sys.exit(f"line {line}: the line above ```sh is not <!-- ci… -->: {match[1]!r}")
        found.append((line, mark, match[2]))
    if text.count("```sh\n") != len(found):
        sys.exit("a ```sh block is not closed, or begins the file")
    return found


def start(commands, environment):
    """The commands in a bash, as a process group of their own."""
    return subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", commands], env=environment, process_group=0, stdin=subprocess.DEVNULL)


def finish(process, line, seconds=LIMIT, by=None):
    """Waits for the end, interrupting by a signal after so many seconds if one is given."""
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, by or signal.SIGKILL)
        status = process.wait(60) if by else f"none within {seconds} s"
    if status != 0:
        sys.exit(f"line {line}: exit status {status}")


def main():
    readme, binaries = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    background, ran = [], 0
    with tempfile.TemporaryDirectory(prefix="readme-") as home:
        os.mkdir(f"{home}/run", 0o700)
        environment = dict(os.environ, HOME=home, XDG_RUNTIME_DIR=f"{home}/run", XDG_STATE_HOME=f"{home}/state",
                           PATH=f"{binaries}:{os.environ['PATH']}")
        try:
            for line, mark, commands in blocks(readme.read_text()):
                in_background, seconds, reason = mark.groups()
                print(f"--- {readme}:{line}{': skipped, ' + reason if reason else ''}\n{commands}", flush=True)
                if reason:
                    continue
                ran += 1
                if in_background:
                    # The shell itself outlives TERM, to tell what became of what it runs.
                    commands = "trap : TERM\n" + commands
                process = start(commands, environment)
                if in_background:
                    background.append((line, process))
                elif seconds:
                    finish(process, line, int(seconds), signal.SIGINT)
                else:
                    finish(process, line)
            while background:
                line, process = background.pop()
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
                finish(process, line, 60)
        finally:
            for _, process in background:
                os.killpg(process.pid, signal.SIGKILL)
    print(f"{ran} blocks of {readme} ran")


main()
