"""Starts a worker process, which answers calls over a socket (`worker_main`)."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence

BUFFER_SIZE = 1_000_000
"""Bytes that either side may send before the other one reads."""


def start_worker(timeout: float, preload: Sequence[str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a worker process. Returns the socket to it, and the process. It ends when the socket is closed.

    `timeout`: seconds after which a call ends the worker; `preload`: names of modules that it imports at once. Raises
    OSError.
    """
    ours, theirs = socket.socketpair()
    try:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_SIZE)  # neither waits for the other
        module = "aggregator.runtime.worker_main"
        command = [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(timeout), *preload]
        process = subprocess.Popen(  # noqa: S603
            command,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C does not reach it: this process decides when it stops
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return ours, process
