"""Starts the worker process. Imports little, so that it can start before what its parent imports meanwhile."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

MIN_CALLS = 32
"""Number of calls from which on a worker is worth its start."""
BATCH_SIZE = 1_000_000
"""Bytes of pickled calls that are sent together."""


class StartedWorker(NamedTuple):
    """A worker process, and the socket to it: the process ends when that is closed, and so with its parent."""

    process: subprocess.Popen[bytes]
    pipe: socket.socket

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.kill()
        self.process.wait()


def start_worker(timeout: float, preload: Sequence[str]) -> StartedWorker:
    """Start a worker process; see `worker_main.run_worker`. Raises OSError."""
    ours, theirs = socket.socketpair()
    try:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BATCH_SIZE)  # neither waits for the other
        module = "aggregator.runtime.worker_main"
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(timeout), *preload],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C does not reach it: its parent decides when it stops
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return StartedWorker(process, ours)
