"""Stop at SIGTERM at a point where no work is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TERMINATED = 143
"""Exit status of a process that ended because of SIGTERM."""


class Terminated(KeyboardInterrupt):
    """The process received SIGTERM.

    Not a SystemExit: that is what a plugin raises that calls `sys.exit`, and it ends no more than the plugin.
    """


@contextmanager
def cancel_on_sigterm() -> Iterator[None]:
    """Within this context, SIGTERM cancels the task at its next await and ends the program with status 143.

    SIGINT needs nothing of the kind: `asyncio.run` handles it in the same way.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import asyncio  # 50 ms, which the start of the command line can do without

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    terminated = False

    def cancel() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    previous = signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, cancel)
    try:
        yield
    except asyncio.CancelledError:
        if terminated:
            raise Terminated from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, previous)
