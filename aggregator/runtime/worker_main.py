"""The program of the worker process: answers calls until its parent ends. Imports little, since it is waited for."""

from __future__ import annotations

import contextlib
import pickle
import resource
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from socket import socket

from aggregator.runtime.messages import Receiver, send

OUT_OF_MEMORY = b"memory"
"""The result of a call that failed for want of memory; not a pickle."""
MAX_MEMORY = 512 << 20
"""Bytes of memory that the worker may allocate (RLIMIT_DATA)."""


def run_worker(pipe: socket, timeout: float, preload: Sequence[str] = ()) -> None:
    """Answer each list of pickled calls with the pickled result of each, empty for a call that failed, until the pipe
    is closed.

    `timeout`: seconds after which SIGALRM ends the worker during a call, as its parent may have been killed; `preload`:
    modules that the calls will need.
    """
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    receiver = Receiver()
    with contextlib.suppress(OSError, MemoryError):  # of calls that are too large: the parent sees that it has ended
        send(pipe, b"")
        for module in preload:
            with contextlib.suppress(ImportError):  # a call that needs it fails
                import_module(module)
        while (batches := receiver.receive(pipe)) is not None:
            for batch in batches:
                for call in pickle.loads(batch):  # noqa: S301 - made by our own parent
                    signal.setitimer(signal.ITIMER_REAL, timeout)
                    result = _run(call)
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    send(pipe, result)


def _run(call: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(call)  # noqa: S301 - made by our own parent
        return pickle.dumps(function(*arguments), 5)
    except MemoryError:
        return OUT_OF_MEMORY
    except Exception:  # the parent repeats the call and reports the exception
        return b""


if __name__ == "__main__":
    with socket(fileno=int(sys.argv[1])) as inherited:
        run_worker(inherited, float(sys.argv[2]), sys.argv[3:])
