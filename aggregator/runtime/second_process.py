"""Computes the two halves of something at the same time: one in this process, the other in a second one.

Threads do not help: Python code, and most steps of numpy, hold the interpreter's lock. The second process never costs a
result. Without one, and if it has not started in time, has died or does not answer, this process computes both halves.
It ends with the context that it was started for, also if this process was killed.
"""

from __future__ import annotations

import os
import pickle
import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, TypeVarTuple

from aggregator.runtime.messages import Receiver, send
from aggregator.runtime.worker_main import OUT_OF_MEMORY
from aggregator.runtime.worker_start import processors, start_worker

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds to wait for an answer, which takes about as long as the other half took."""
START = 0.5
"""Seconds in which the second process can start, twice what it takes; then this process no longer waits for it."""


@contextmanager
def second_process(preload: Sequence[str]) -> Iterator[None]:
    """Let a second process compute halves within this context, if the computer has a second processor.

    `preload`: names of the modules that the functions are defined in.
    """
    process = _SecondProcess(preload) if processors() > 1 else None
    token = _current.set(process)
    try:
        yield
    finally:
        _current.reset(token)
        if process is not None:
            process.stop()


def has_second_process() -> bool:
    """Whether `both` can use two processes. If not, work is better not divided: each half repeats what both need."""
    return _current.get() is not None


def both(function: Callable[[*Arguments], Result], first: tuple[*Arguments], second: tuple[*Arguments]) -> list[Result]:
    """Return the results of a function for two lists of arguments, at the same time if there is a second process.

    `function`: defined in a module, without side effects; its arguments and its result can be pickled. Raises what it
    raises.
    """
    process = _current.get()
    if process is None or not process.ask(function, second):
        return [function(*first), function(*second)]
    try:
        own = function(*first)
    except BaseException:
        process.stop()  # its answer is not wanted
        raise
    answer = process.answer()
    return [own, function(*second) if answer is None else pickle.loads(answer)]  # noqa: S301 - made by our own worker


class _SecondProcess:
    """A worker process that is asked one thing after the other, and stopped for good when it fails."""

    def __init__(self, preload: Sequence[str]) -> None:
        self._receiver = Receiver()
        self._start_until = time.monotonic() + START
        self._started = False
        self._running = False
        try:
            self._worker = start_worker(PATIENCE, preload)
        except OSError:
            return
        self._running = True
        self._worker.pipe.settimeout(PATIENCE)
        self._send(os.getpid)  # answered after it has imported the modules

    def ask(self, function: Callable[..., object], arguments: tuple[object, ...]) -> bool:
        """Have a function computed. Returns whether an answer can be expected."""
        return self._running and self._has_started() and self._send(function, *arguments)

    def answer(self) -> bytes | None:
        """Wait for the result of the function, and return it pickled; None if it failed."""
        messages: list[bytes] | None = []
        while messages == []:
            messages = self._receiver.receive(self._worker.pipe)
        if messages and messages[0] not in (b"", OUT_OF_MEMORY):
            return messages[0]
        self.stop()
        return None

    def stop(self) -> None:
        """End the process."""
        if self._running:
            self._running = False
            self._worker.close()

    def _has_started(self) -> bool:
        """Whether the process has imported the modules. Waits for that if it began only just now."""
        poll = select.poll()  # works with any number of open files
        poll.register(self._worker.pipe, select.POLLIN)
        while not self._started and poll.poll(1000 * max(self._start_until - time.monotonic(), 0)):
            received = self._receiver.receive(self._worker.pipe)
            if received is None:
                self.stop()
                break
            self._started = any(received)  # the first message is empty
        return self._started

    def _send(self, function: Callable[..., object], *arguments: object) -> bool:
        try:
            send(self._worker.pipe, pickle.dumps([pickle.dumps((function, arguments), 5)], 5))
        except Exception:  # the process has ended; and pickling an argument may raise anything
            self.stop()
        return self._running


_current: ContextVar[_SecondProcess | None] = ContextVar("second process", default=None)
