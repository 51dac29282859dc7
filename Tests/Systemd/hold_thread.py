#!/usr/bin/env python3
"""hold_thread.py PID NAME: stops one thread of a process whose name begins with NAME; all others run on.

Prints "held TID" once the thread stands still, and holds it until the process ends.
SIGSTOP would stop every thread; PTRACE_INTERRUPT stops one.
"""

import ctypes
import os
import pathlib
import sys

PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, tid):
    """Makes one ptrace call; exits with its error if it fails."""
    if libc.ptrace(request, tid, None, None) == -1:
        sys.exit(f"ptrace({request:#x}, {tid}): {os.strerror(ctypes.get_errno())}")


process, name = int(sys.argv[1]), sys.argv[2]
threads = {
    int(task.name): (task / "comm").read_text().rstrip("\n")
    for task in pathlib.Path(f"/proc/{process}/task").iterdir()
}
chosen = [tid for tid, comm in threads.items() if comm.startswith(name)]
if not chosen:
    sys.exit(f"no thread of {process} is called {name}: {threads}")
# The last of several, which is the least likely to be the only one that is listened to.
tid = max(chosen)

ptrace(PTRACE_SEIZE, tid)
ptrace(PTRACE_INTERRUPT, tid)
os.waitpid(tid, WALL)
print(f"held {tid}", flush=True)
# A killed process is not gone before its tracer has taken note of the traced thread's end.
status = os.waitpid(tid, WALL)[1]
while os.WIFSTOPPED(status):
    status = os.waitpid(tid, WALL)[1]
