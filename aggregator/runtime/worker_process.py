"""Work for the processor alone, done in a process beside this one: requests and the store go on meanwhile.

A run with little to do never starts it. What goes wrong there is done again here, in a thread: a process that cannot be
started, or hangs, what it cannot import, and what raises, so that its traceback is whole. A call that has ended the
process is made once more in a new one, by itself, and then given up. The process ends with its pipe, even where this
one was killed.
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

from aggregator.errors import SourceError

Result = TypeVar("Result")

WORTH = 32
"""Calls from which on a process is worth being started."""
STARTS = 3
"""How often it is started in a run at most: again where a call has hung or ended it."""
AT_ONCE = 1_000_000
"""Bytes of calls that are sent together."""


async def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """What a function returns, without holding up other sources meanwhile.

    `function`: of a module, without side effects, its arguments and what it returns fit to be pickled; it may be called
    again where the first call failed. Raises what it raises, TimeoutError where it takes longer than a request may, and
    SourceError where it ends the process that it runs in.
    """
    beside = _beside.get(None)
    if beside is None:
        return await asyncio.to_thread(function, *arguments)
    return await beside.call(function, arguments)  # type: ignore[no-any-return]  # a pickle has no type


class EndedError(SourceError):
    """A call has ended the process that made it."""

    def __init__(self) -> None:
        super().__init__("could not be read: it ended the process that read it, by a fault of a parser")


class Job:
    """A call, pickled, that waits for its result. `alone`: it is suspected to have ended the process."""

    def __init__(self, call: bytes, *, alone: bool = False) -> None:
        self.call = call
        self.alone = alone
        self.result: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()


class Beside:
    """The process, from when it is worth it to the end of the `async with` statement.

    `limit`: seconds that a call may take; a quarter of it in the process, so that it is not lost to the others when one
    hangs. `calls`: how many are sure to come.
    """

    def __init__(self, limit: float, calls: int = 0) -> None:
        self._limit = limit
        self._calls = WORTH if calls >= WORTH else 0
        self._starts = STARTS
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
        if self._calls >= WORTH:
            self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        self._end()

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """See `aside`."""
        self._calls += 1
        try:
            result = await self._sent_over(function, arguments)
        except EndedError:
            result = await self._sent_over(function, arguments, alone=True)
            if result is None and self._pipe is None:
                raise
        if result is not None:
            return pickle.loads(result)  # noqa: S301 - our own
        async with asyncio.timeout(self._limit):
            return await asyncio.to_thread(function, *arguments)

    async def _sent_over(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], *, alone: bool = False
    ) -> bytes | None:
        """What the process makes of a call, pickled; None where there is none, or the call fails. Raises EndedError."""
        if self._pipe is None and self._starts and not self._over and self._calls >= WORTH:
            self._start()
        if self._pipe is None:
            return None
        try:
            job = Job(pickle.dumps((function, arguments), 5), alone=alone)
        except Exception:  # whatever an argument raises when it is to be pickled
            return None
        self._waiting.append(job)
        self._send()
        return await job.result

    def _start(self) -> None:
        self._starts -= 1
        try:
            ours, theirs = Pipe()
        except OSError:
            return
        command = [
            sys.executable,
            "-P",
            "-m",
            "aggregator.runtime.worker_process",
            str(theirs.fileno()),
            str(self._limit),
        ]
        try:
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603
        except OSError:
            ours.close()
        else:
            self._pipe = ours
            self._loop.add_reader(self._pipe.fileno(), self._receive)
            self._alarm = self._loop.call_later(self._limit / 4, self._end)
        finally:
            theirs.close()

    def _send(self) -> None:
        """Hand over what waits, once what was handed over before is done."""
        if self._sent or not self._waiting or not self._ready or self._pipe is None:
            return
        size = 0
        while self._waiting and size < AT_ONCE and not (self._sent and self._waiting[0].alone):
            job = self._waiting.pop(0)
            if not job.result.done():
                size += AT_ONCE if job.alone else len(job.call)
                self._sent.append(job)
        if not self._sent:
            return
        self._alarm = self._loop.call_later(self._limit / 4, self._end)
        try:
            self._pipe.send_bytes(pickle.dumps([job.call for job in self._sent], 5))
        except OSError:
            self._end(by_itself=True)

    def _receive(self) -> None:
        assert self._pipe
        try:
            results: list[bytes | None] = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - our own
        except (EOFError, OSError):
            self._end(by_itself=True)
            return
        self._ready = True  # the first message is empty, and says so
        if self._alarm:
            self._alarm.cancel()
        for job, result in zip(self._sent, results, strict=True):
            if not job.result.done():
                job.result.set_result(result)
        self._sent = []
        self._send()

    def _end(self, *, by_itself: bool = False) -> None:
        """Let the process go, and start another for those that wait. `by_itself`: it has ended in the midst of a call,
        which is not to be made here: it would end this one, too."""
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
        sent, self._sent = self._sent, []
        for job in sent:
            if not job.result.done():
                job.result.set_exception(EndedError()) if by_itself else job.result.set_result(None)
        if self._waiting and self._starts and not self._over:
            self._start()
        if self._pipe is None:
            waiting, self._waiting = self._waiting, []
            for job in waiting:
                if not job.result.done():
                    job.result.set_result(None)


_beside: ContextVar[Beside] = ContextVar("beside")


def serve(pipe: Connection, limit: float) -> None:
    """Answer until the pipe is closed: a list of calls by one of results, pickled, None where a call failed.

    `limit`: seconds after which it ends itself in the midst of them, as nobody else may be there to end it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that asks decides when to stop
    pipe.send_bytes(pickle.dumps([]))
    with contextlib.suppress(EOFError, OSError):
        while True:
            calls = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own
            signal.setitimer(signal.ITIMER_REAL, limit)
            results = pickle.dumps([_done(call) for call in calls], 5)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send_bytes(results)


def _done(call: bytes) -> bytes | None:
    try:
        function, arguments = pickle.loads(call)  # noqa: S301 - our own
        return pickle.dumps(function(*arguments), 5)
    except Exception:  # it is done again, and told, where it was called
        return None


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]))
