"""SIGTERM while sources are being asked: end where nothing is half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TERMINATED = 143


@contextmanager
def ending_at_sigterm() -> Iterator[None]:
    """Within, SIGTERM cancels the task at its next await and ends the program with status 143.

    SIGINT needs no such care: `asyncio.run` does the same for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    import asyncio  # 50 ms, which the command line's start need not pay

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    told: list[bool] = []

    def end() -> None:
        told.append(True)
        task.cancel()

    before = signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield
    except asyncio.CancelledError:
        if told:
            raise SystemExit(TERMINATED) from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
