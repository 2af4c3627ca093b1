"""Run CPU-bound calls in a worker process, while requests and the store continue in this one.

A run with few calls never starts the worker. A call that fails there is repeated here in a thread: because the worker
could not be started or hung, because it could not import or return something, or because the call raised an exception
(so that the traceback is complete). A call during which the worker died is repeated once in a new worker, by itself,
and then fails. The worker ends when its pipe is closed, even if this process was killed.
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

MIN_CALLS = 32
"""Number of calls in a run from which a worker is worth its start."""
MAX_STARTS = 3
"""Number of workers started in a run at most: a new one replaces one that hung or died."""
BATCH_SIZE = 1_000_000
"""Bytes of pickled calls that are sent together."""


async def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Return the result of a function that runs without delaying other sources.

    `function`: defined in a module, without side effects; its arguments and its result can be pickled. It may be called
    again if the first call failed. Raises what it raises, TimeoutError if it takes longer than a request may, and
    SourceError if it ends the process that it runs in.
    """
    worker = _current_worker.get(None)
    if worker is None:
        return await asyncio.to_thread(function, *arguments)
    return await worker.call(function, arguments)  # type: ignore[no-any-return]  # a pickle has no type


class WorkerDiedError(SourceError):
    """The worker process ended during this call."""

    def __init__(self) -> None:
        super().__init__("could not be read: a fault in a parser ended the process that read it")


class Job:
    """A pickled call and the future of its pickled result. `isolated`: it is sent without others, as the worker died
    during it before."""

    def __init__(self, call: bytes, *, isolated: bool = False) -> None:
        self.call = call
        self.isolated = isolated
        self.result: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()


class WorkerProcess:
    """Worker process of an `async with` statement, started when enough calls were made or are expected.

    `timeout`: seconds that a call may take; a quarter of it in the worker, so that time remains to repeat the calls
    behind one that hangs. `expected_calls`: how many calls are certain to be made.
    """

    def __init__(self, timeout: float, expected_calls: int = 0) -> None:
        self._timeout = timeout
        self._calls = MIN_CALLS if expected_calls >= MIN_CALLS else 0
        self._starts_left = MAX_STARTS
        self._pipe: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self._waiting: list[Job] = []
        self._sent: list[Job] = []
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        _current_worker.set(self)
        self._loop = asyncio.get_running_loop()
        if self._calls >= MIN_CALLS:
            self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        self._stop()

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return the result of a function; see `aside`."""
        self._calls += 1
        try:
            result = await self._call_in_worker(function, arguments)
        except WorkerDiedError:
            result = await self._call_in_worker(function, arguments, isolated=True)
            if result is None and self._pipe is None:
                raise
        if result is not None:
            return pickle.loads(result)  # noqa: S301 - made by our own worker
        async with asyncio.timeout(self._timeout):
            return await asyncio.to_thread(function, *arguments)

    async def _call_in_worker(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], *, isolated: bool = False
    ) -> bytes | None:
        """Return the pickled result, or None if there is no worker or the call failed. Raises WorkerDiedError."""
        if self._pipe is None and self._starts_left and not self._closed and self._calls >= MIN_CALLS:
            self._start()
        if self._pipe is None:
            return None
        try:
            job = Job(pickle.dumps((function, arguments), 5), isolated=isolated)
        except Exception:  # pickling an argument may raise anything
            return None
        self._waiting.append(job)
        self._send_batch()
        return await job.result

    def _start(self) -> None:
        self._starts_left -= 1
        try:
            ours, theirs = Pipe()
        except OSError:
            return
        module = "aggregator.runtime.worker_process"
        command = [sys.executable, "-P", "-m", module, str(theirs.fileno()), str(self._timeout)]
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C does not reach it: this process decides when it stops
            )
        except OSError:
            ours.close()
        else:
            self._pipe = ours
            self._loop.add_reader(self._pipe.fileno(), self._receive)
            self._timer = self._loop.call_later(self._timeout / 4, self._stop)
        finally:
            theirs.close()

    def _send_batch(self) -> None:
        """Send waiting jobs, unless the worker is still busy with those sent before."""
        if self._sent or not self._waiting or not self._ready or self._pipe is None:
            return
        size = 0
        while self._waiting and size < BATCH_SIZE and not (self._sent and self._waiting[0].isolated):
            job = self._waiting.pop(0)
            if not job.result.done():
                size += BATCH_SIZE if job.isolated else len(job.call)
                self._sent.append(job)
        if not self._sent:
            return
        self._timer = self._loop.call_later(self._timeout / 4, self._stop)
        try:
            self._pipe.send_bytes(pickle.dumps([job.call for job in self._sent], 5))
        except OSError:
            self._stop(died=True)

    def _receive(self) -> None:
        assert self._pipe
        try:
            results: list[bytes | None] = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - made by our own worker
        except (EOFError, OSError):
            self._stop(died=True)
            return
        self._ready = True  # the worker's first message is an empty list
        if self._timer:
            self._timer.cancel()
        for job, result in zip(self._sent, results, strict=True):
            if not job.result.done():
                job.result.set_result(result)
        self._sent = []
        self._send_batch()

    def _stop(self, *, died: bool = False) -> None:
        """Kill the worker, and start another if jobs are waiting.

        `died`: it ended by itself during the jobs sent last. These must not run in this process, which would end, too.
        """
        self._ready = False
        if self._timer:
            self._timer.cancel()
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
                job.result.set_exception(WorkerDiedError()) if died else job.result.set_result(None)
        if self._waiting and self._starts_left and not self._closed:
            self._start()
        if self._pipe is None:
            waiting, self._waiting = self._waiting, []
            for job in waiting:
                if not job.result.done():
                    job.result.set_result(None)


_current_worker: ContextVar[WorkerProcess] = ContextVar("worker process")


def run_worker(pipe: Connection, timeout: float) -> None:
    """Answer each list of pickled calls with a list of pickled results, None for a call that failed, until EOF.

    `timeout`: seconds after which SIGALRM ends the worker during a list, as its parent may have been killed.
    """
    with contextlib.suppress(EOFError, OSError):
        pipe.send_bytes(pickle.dumps([]))
        while True:
            calls = pickle.loads(pipe.recv_bytes())  # noqa: S301 - made by our own parent
            signal.setitimer(signal.ITIMER_REAL, timeout)
            results = pickle.dumps([_run(call) for call in calls], 5)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send_bytes(results)


def _run(call: bytes) -> bytes | None:
    try:
        function, arguments = pickle.loads(call)  # noqa: S301 - made by our own parent
        return pickle.dumps(function(*arguments), 5)
    except Exception:  # the parent repeats the call and reports the exception
        return None


if __name__ == "__main__":
    run_worker(Connection(int(sys.argv[1])), float(sys.argv[2]))
