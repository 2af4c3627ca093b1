"""Starts worker processes. Imports little, so that they can start before what their parent imports meanwhile."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

MIN_CALLS = 32
"""Number of calls from which on a worker is worth its start."""
BATCH_SIZE = 1_000_000
"""Bytes of pickled calls that are sent together."""
MAX_WORKERS = 3
"""Number of workers that this process can supply with calls, and whose results it can store."""


class StartedWorker(NamedTuple):
    """A worker process, and the socket to it: the process ends when that is closed, and so with its parent."""

    process: subprocess.Popen[bytes]
    pipe: socket.socket

    def close(self) -> None:
        """End the process."""
        self.pipe.close()
        self.process.kill()
        self.process.wait()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_for(calls: int) -> int:
    """Return how many workers so many calls are worth."""
    return min(calls // MIN_CALLS, processors(), MAX_WORKERS)


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
