"""Work for the processor alone, done in a process beside this one: requests and the store go on meanwhile.

A run with little to do never starts it. What goes wrong there is done again here, in a thread: a process that cannot be
started, that dies or hangs, and what raises, so that its traceback is whole. The process ends with its pipe, even where
this one was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextvars import ContextVar
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Self, TypeVar

Result = TypeVar("Result")

WORTH = 8
"""Calls from which on a process is worth being started."""
AT_ONCE = 1_000_000
"""Bytes of arguments that are sent together."""


async def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """What a function returns, without holding up other sources meanwhile. Raises what it raises.

    `function`: of a module, without side effects, its arguments and what it returns fit to be pickled; it may be called
    again where the first call failed.
    """
    beside = _beside.get(None)
    if beside is None or _is_of_a_file(function):
        return await asyncio.to_thread(function, *arguments)
    return await beside.call(function, arguments)  # type: ignore[no-any-return]  # a pickle has no type


def _is_of_a_file(function: Callable[..., object]) -> bool:
    """Whether it lies where another process cannot import it from: in a plugin's file, or in no module."""
    return "<" in function.__qualname__ or function.__module__.startswith(("aggregate_plugin_", "__main__"))


class Job:
    """A call that waits for its result."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments
        self.result: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()


class Beside:
    """The process, from when it is worth it to the end of the `async with` statement. `patience`: seconds after which
    it counts as hanging."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._calls = 0
        self._pipe: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._over = False
        self._waiting: list[Job] = []
        self._sent: list[Job] = []
        self._alarm: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        _beside.set(self)
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        self._end()

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """See `aside`."""
        self._calls += 1
        if self._calls == WORTH and not self._over:
            self._start()
        if not self._ready:
            return await asyncio.to_thread(function, *arguments)
        job = Job(function, arguments)
        self._waiting.append(job)
        self._send()
        result = await job.result
        return pickle.loads(result) if result else await asyncio.to_thread(function, *arguments)  # noqa: S301 - our own

    def _start(self) -> None:
        self._pipe, theirs = Pipe()
        command = [sys.executable, "-P", "-m", "aggregator.beside", str(theirs.fileno())]
        try:
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603
        except OSError:
            self._pipe.close()
            self._pipe = None
        else:
            self._loop.add_reader(self._pipe.fileno(), self._receive)
        finally:
            theirs.close()

    def _send(self) -> None:
        """Hand over what waits, once what was handed over before is done."""
        if self._sent or not self._waiting or self._pipe is None:
            return
        size = 0
        while self._waiting and size < AT_ONCE:
            job = self._waiting.pop(0)
            if not job.result.done():
                size += sum(len(one) for one in job.arguments if isinstance(one, bytes))
                self._sent.append(job)
        self._alarm = self._loop.call_later(self._patience, self._end)
        try:
            self._pipe.send_bytes(pickle.dumps([(job.function, job.arguments) for job in self._sent], 5))
        except OSError:
            self._end()

    def _receive(self) -> None:
        assert self._pipe
        try:
            results: list[bytes | None] = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - our own
        except (EOFError, OSError):
            self._end()
            return
        self._ready = True  # the first message is empty, and says so
        if self._alarm:
            self._alarm.cancel()
        for job, result in zip(self._sent, results, strict=True):
            if not job.result.done():
                job.result.set_result(result)
        self._sent = []
        self._send()

    def _end(self) -> None:
        """Let the process go; who still waits is served here."""
        self._ready = False
        if self._alarm:
            self._alarm.cancel()
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe.fileno())
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for job in (*self._sent, *self._waiting):
            if not job.result.done():
                job.result.set_result(None)
        self._sent, self._waiting = [], []


_beside: ContextVar[Beside] = ContextVar("beside")


def serve(pipe: Connection) -> None:
    """Answer until the pipe is closed: a list of calls by one of results, pickled, None where a call failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that asks decides when to stop
    pipe.send_bytes(pickle.dumps([]))
    with contextlib.suppress(EOFError, OSError):
        while True:
            calls = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own
            pipe.send_bytes(pickle.dumps([_done(function, arguments) for function, arguments in calls], 5))


def _done(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes | None:
    try:
        return pickle.dumps(function(*arguments), 5)
    except Exception:  # it is done again, and told, where it was called
        return None


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
