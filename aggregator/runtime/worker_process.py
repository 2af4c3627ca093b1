"""Run CPU-bound calls in a worker process, while requests and the store continue in this one.

A run with few sources never starts the worker. A call that fails there is repeated here in a thread: because the worker
could not be started, because it could not import or return something, or because the call raised an exception (so that
the traceback is complete). A call that hangs there fails: repeated here, it could stop this process, since no other
thread runs during C code such as a regular expression. A call during which the worker died is repeated once in a new
worker, and then fails. The worker ends when its pipe is closed, even if this process was killed. One that has made many
calls, or ran out of memory, is replaced.
"""

from __future__ import annotations

import asyncio
import os
import pickle
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from aggregator.errors import SourceError
from aggregator.runtime.messages import Receiver, send
from aggregator.runtime.worker_history import WorkerHistory
from aggregator.runtime.worker_main import MAX_MEMORY, OUT_OF_MEMORY
from aggregator.runtime.worker_start import BATCH_SIZE, MIN_CALLS, StartedWorker, start_worker

Result = TypeVar("Result")

MAX_CALLS = 20_000
"""Number of calls after which a worker is replaced, so that memory which its parsers leak is returned."""


async def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Return the result of a function that runs without delaying other sources.

    `function`: defined in a module, without side effects; its arguments and its result can be pickled. It may be called
    again if the first call failed. Raises what it raises, CallTimeoutError if it takes longer than a request may, and
    SourceError if it ends the process that it runs in.
    """
    worker = _current_worker.get(None)
    if worker is None:
        return await asyncio.to_thread(function, *arguments)
    return await worker.call(function, arguments)  # type: ignore[no-any-return]  # a pickle has no type


def expect_large_call() -> None:
    """Have the next call of `aside` done by the worker process, even if few calls are made."""
    if worker := _current_worker.get(None):
        worker.expect_large_call()


class OutOfMemoryError(SourceError):
    """A call needed more memory than the worker may take."""

    def __init__(self) -> None:
        super().__init__(f"could not be parsed within {MAX_MEMORY >> 20} MiB of memory")


class WorkerDiedError(SourceError):
    """The worker process ended during this call."""

    def __init__(self) -> None:
        super().__init__("could not be read: a fault in a parser ended the process that read it")


class NoWorkerError(SourceError):
    """An isolated call failed in the worker process, or there is no worker process."""

    def __init__(self) -> None:
        super().__init__("could not be read in a process of its own")


class CallTimeoutError(SourceError, TimeoutError):
    """A call took too long."""

    def __init__(self) -> None:
        super().__init__("could not be parsed within the timeout")


class Job:
    """A pickled call and the future of its pickled result."""

    def __init__(self, call: bytes) -> None:
        self.call = call
        self.repeated = False
        self.result: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()


class WorkerProcess:
    """Worker process of an `async with` statement, started when enough calls were made or are expected.

    `timeout`: seconds that a call may take; a quarter of it in the worker, so that time remains for the calls behind
    one that hangs. `expected_calls`: how many calls are certain to be made; `min_calls`: from how many it is started;
    `isolated`: no call is done in this process, which a fault in C code would end; NoWorkerError is raised instead;
    `preload`: names of modules that the worker imports while it waits for its first call.
    """

    def __init__(
        self,
        timeout: float,
        expected_calls: int = 0,
        min_calls: int = MIN_CALLS,
        *,
        isolated: bool = False,
        preload: Sequence[str] = (),
    ) -> None:
        self._timeout = timeout
        self._min_calls = min_calls
        self._isolated = isolated
        self._preload = preload
        self._calls = expected_calls if expected_calls >= min_calls else 0
        self._history = WorkerHistory()
        self._calls_of_process = 0
        self._worker: StartedWorker | None = None
        self._receiver = Receiver()
        self._ready = False
        self._closed = False
        self._waiting: deque[Job] = deque()
        self._sent: deque[Job] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        _current_worker.set(self)
        self._loop = asyncio.get_running_loop()
        if self._calls >= self._min_calls:
            self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        self._stop()

    def expect(self, calls: int, possible: int = 0) -> None:
        """Announce calls that are certain to be made, by the current task and those that it will start.

        `possible`: how many there may be. If these are many, the first call starts the worker: more are likely, and
        this process need not import what they need.
        """
        _current_worker.set(self)
        if possible >= self._min_calls:
            self._min_calls = 1
        if calls < self._min_calls:
            return
        self._calls = max(self._calls, calls)
        if self._worker is None and self._may_start():
            self._start()

    def expect_large_call(self) -> None:
        """Start the worker for the next call, even if it is the first: what takes much memory is done one by one, and
        its memory is returned with the process."""
        self._calls = max(self._calls, self._min_calls)

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return the result of a function; see `aside`."""
        self._calls += 1
        try:
            result = await self._call_in_worker(function, arguments)
        except WorkerDiedError:
            result = await self._call_in_worker(function, arguments)
            if result is None and self._worker is None:
                raise
        if result == OUT_OF_MEMORY:
            raise OutOfMemoryError
        if result is not None:
            return pickle.loads(result)  # noqa: S301 - made by our own worker
        if self._isolated:
            raise NoWorkerError
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.to_thread(function, *arguments)
        except TimeoutError:
            raise CallTimeoutError from None

    async def _call_in_worker(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes | None:
        """Return the pickled result, or None if there is no worker or the call failed.

        Raises WorkerDiedError or CallTimeoutError.
        """
        if self._worker is None and self._calls >= self._min_calls and self._may_start():
            self._start()
        if self._worker is None:
            return None
        try:
            job = Job(pickle.dumps((function, arguments), 5))
        except Exception:  # pickling an argument may raise anything
            return None
        self._waiting.append(job)
        self._send_batch()
        return await job.result

    def _may_start(self) -> bool:
        return not self._closed and self._history.may_start(self._loop.time())

    def _start(self) -> None:
        self._calls_of_process = 0
        try:
            self.adopt(start_worker(self._timeout, self._preload))
        except OSError:  # perhaps only since too many files are open
            self._history.add_failure(self._loop.time(), started=True)

    def adopt(self, worker: StartedWorker) -> None:
        """Make the calls in a worker process that was started already, with the same timeout."""
        self._worker = worker
        self._receiver = Receiver()
        self._loop.add_reader(worker.pipe.fileno(), self._receive)
        self._timer = self._loop.call_later(self._timeout, self._stop)

    def _send_batch(self) -> None:
        """Send waiting jobs, unless the worker is still busy with those sent before."""
        if self._sent or not self._waiting or not self._ready or self._worker is None:
            return
        size = 0
        while self._waiting and size < BATCH_SIZE:
            job = self._waiting.popleft()
            if not job.result.done():
                size += len(job.call)
                self._sent.append(job)
        if not self._sent:
            return
        self._timer = self._loop.call_later(self._limit_of(self._sent[0]), self._stop)
        try:
            send(self._worker.pipe, pickle.dumps([job.call for job in self._sent], 5))
        except OSError:
            self._stop(died=True)

    def _limit_of(self, job: Job) -> float:
        """Return how long a call may take: the longer, the more it is given to read."""
        limit = self._timeout * self._history.limit_share(self._loop.time())
        return min(limit * (1 + len(job.call) / BATCH_SIZE), self._timeout)

    def _receive(self) -> None:
        assert self._worker
        results = self._receiver.receive(self._worker.pipe)
        if results is None:
            self._stop(died=True)
            return
        if not results:
            return
        if self._timer:
            self._timer.cancel()
        if not self._ready:
            self._ready = True
            del results[0]  # the worker's first message is empty
        for result in results:
            job = self._sent.popleft()
            self._calls_of_process += MAX_CALLS if result == OUT_OF_MEMORY else 1
            if not job.result.done():
                job.result.set_result(result or None)
        if self._calls_of_process >= MAX_CALLS and not self._sent:
            self._replace()
        elif self._sent:
            self._timer = self._loop.call_later(self._limit_of(self._sent[0]), self._stop)
        else:
            self._send_batch()

    def _replace(self) -> None:
        """End a worker that has nothing to do, and start another one if calls are waiting."""
        self._end_process()
        if self._waiting:
            self._start()
            self._give_up_without_worker()

    def _stop(self, *, died: bool = False) -> None:
        """Kill the worker, fail the call that it was at, and start another if jobs are left.

        `died`: the worker ended by itself. In this process, the call would end it, too, or stop it if it hangs.
        """
        self._history.add_failure(self._loop.time(), started=self._ready)
        paused = not died and self._is_paused()
        self._end_process()
        if paused and self._sent and not self._sent[0].repeated:
            self._sent[0].repeated = True  # the worker, not the call, is why there is no answer
        elif self._sent:
            self._fail(self._sent.popleft(), died=died)
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        if self._waiting and self._may_start():
            self._start()
        self._give_up_without_worker()

    def _give_up_without_worker(self) -> None:
        """Let the waiting calls be made in this process if there is no worker."""
        if self._worker is None:
            for job in self._waiting:
                if not job.result.done():
                    job.result.set_result(None)
            self._waiting.clear()

    def _fail(self, job: Job, *, died: bool) -> None:
        if self._closed:
            job.result.cancel()
        elif not job.result.done():
            job.result.set_exception(WorkerDiedError() if died else CallTimeoutError())
        if not died:
            self._history.add_hang(self._loop.time())

    def _is_paused(self) -> bool:
        """Whether a signal has stopped the worker (SIGSTOP)."""
        if self._worker is None:
            return False
        try:
            pid, status = os.waitpid(self._worker.process.pid, os.WUNTRACED | os.WNOHANG)
        except ChildProcessError:
            return False
        return pid != 0 and os.WIFSTOPPED(status)

    def _end_process(self) -> None:
        self._ready = False
        if self._timer:
            self._timer.cancel()
        if self._worker:
            self._loop.remove_reader(self._worker.pipe.fileno())
            self._worker.close()
            self._worker = None


_current_worker: ContextVar[WorkerProcess] = ContextVar("worker process")
