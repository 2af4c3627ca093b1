"""Run CPU-bound calls in worker processes, while requests and the store continue in this one.

A run with few sources starts none, one with many new ones several. A call that fails there is repeated here in a
thread: because no worker could be started, because it could not import or return something, or because the call raised
an exception (so that the traceback is complete). A call that hangs there fails: repeated here, it could stop this
process, since no other thread runs during C code such as a regular expression. A call during which a worker died is
repeated once in another one, and then fails. Workers end when their pipe is closed, even if this process was killed.
One that has made many calls, or ran out of memory, is replaced.
"""

from __future__ import annotations

import asyncio
import pickle
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from math import ceil
from typing import Any, Self, TypeVar

from aggregator.errors import SourceError
from aggregator.runtime.worker_history import WorkerHistory
from aggregator.runtime.worker_main import MAX_MEMORY, OUT_OF_MEMORY
from aggregator.runtime.worker_process import Job, WorkerProcess
from aggregator.runtime.worker_start import BATCH_SIZE, MIN_CALLS, StartedWorker, start_worker, workers_for

Result = TypeVar("Result")


async def aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Return the result of a function that runs without delaying other sources.

    `function`: defined in a module, without side effects; its arguments and its result can be pickled. It may be called
    again if the first call failed. Raises what it raises, CallTimeoutError if it takes longer than a request may, and
    SourceError if it ends the process that it runs in.
    """
    pool = _current_pool.get(None)
    if pool is None:
        return await asyncio.to_thread(function, *arguments)
    return await pool.call(function, arguments)  # type: ignore[no-any-return]  # a pickle has no type


def expect_large_call() -> None:
    """Have the next call of `aside` done by a worker process, even if few calls are made."""
    if pool := _current_pool.get(None):
        pool.expect_large_call()


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


class WorkerPool:
    """Worker processes of an `async with` statement, started when enough calls were made or are expected.

    `timeout`: seconds that a call may take; a quarter of it in a worker, so that time remains for the calls behind one
    that hangs. `min_calls`: from how many one is started; `isolated`: no call is done in this process, which a fault in
    C code would end; NoWorkerError is raised instead; `preload`: names of modules that a worker imports while it waits
    for its first call.
    """

    def __init__(
        self,
        timeout: float,
        *,
        min_calls: int = MIN_CALLS,
        isolated: bool = False,
        preload: Sequence[str] = (),
    ) -> None:
        self._timeout = timeout
        self._min_calls = min_calls
        self._isolated = isolated
        self._preload = preload
        self._calls = self._expected = 0
        self._history = WorkerHistory()
        self._processes: list[WorkerProcess] = []
        self._closed = False
        self._waiting: deque[Job] = deque()

    async def __aenter__(self) -> Self:
        _current_pool.set(self)
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        for process in [*self._processes]:
            self.on_failure(process)

    def expect(self, calls: int, possible: int = 0) -> None:
        """Announce calls that are certain to be made, by the current task and those that it will start.

        `possible`: how many there may be. If these are many, the first call starts a worker: more are likely, and this
        process need not import what they need.
        """
        _current_pool.set(self)
        if possible >= self._min_calls:
            self._min_calls = 1
        if calls < self._min_calls:
            return
        self._calls, self._expected = max(self._calls, calls), max(self._expected, calls)
        self._start_missing()

    def expect_large_call(self) -> None:
        """Start a worker for the next call, even if it is the first: what takes much memory is done one by one, and its
        memory is returned with the process."""
        self._calls = max(self._calls, self._min_calls)

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Return the result of a function; see `aside`."""
        self._calls += 1
        self._expected = max(self._expected - 1, 0)
        try:
            result = await self._call_in_worker(function, arguments)
        except WorkerDiedError:
            result = await self._call_in_worker(function, arguments)
            if result is None and not self._processes:
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
        if not self._processes:
            self._start_missing()
        if not self._processes:
            return None
        try:
            job = Job(pickle.dumps((function, arguments), 5))
        except Exception:  # pickling an argument may raise anything
            return None
        self._waiting.append(job)
        self._send_waiting()
        return await job.result

    def adopt(self, worker: StartedWorker) -> None:
        """Make calls in a worker process that was started already, with the same timeout."""
        self._processes.append(WorkerProcess(worker, self, self._timeout))

    def _start_missing(self) -> None:
        """Start as many processes as the calls are worth, unless too many have failed."""
        if self._calls < self._min_calls or self._closed:
            return
        while len(self._processes) < self._wanted() and self._history.may_start(self._loop.time()):
            try:
                self.adopt(start_worker(self._timeout, self._preload))
            except OSError:  # perhaps only since too many files are open
                self._history.add_failure(self._loop.time(), started=True)
                break

    def _wanted(self) -> int:
        """Return how many processes the calls that are still expected are worth."""
        return max(workers_for(self._expected), 1)

    def _send_waiting(self) -> None:
        """Send waiting jobs to the processes that have nothing to do."""
        for process in [] if self._closed else [*self._processes]:
            is_alive = process in self._processes  # to send jobs to the one before may have ended it
            if is_alive and process.is_idle and (jobs := self._next_jobs()):
                process.send(jobs, self._limit_of)

    def _next_jobs(self) -> list[Job]:
        """Return what a process is sent at once: its share of the waiting jobs. While another process has a large one,
        no other large one: what they need would add up in memory."""
        jobs: list[Job] = []
        later: list[Job] = []
        size, share = 0, ceil(len(self._waiting) / len(self._processes))
        has_large = any(job.is_large for process in self._processes for job in process.sent)
        while self._waiting and size < BATCH_SIZE and len(jobs) < share:
            job = self._waiting.popleft()
            if job.is_large and has_large:
                later.append(job)
            elif not job.result.done():
                size += len(job.call)
                jobs.append(job)
        self._waiting.extendleft(reversed(later))
        return jobs

    def _limit_of(self, job: Job) -> float:
        """Return how long a call may take: the longer, the more it is given to read."""
        limit = self._timeout * self._history.limit_share(self._loop.time())
        return min(limit * (1 + len(job.call) / BATCH_SIZE), self._timeout)

    def on_idle(self, process: WorkerProcess) -> None:
        """Send waiting jobs to a process that has answered all calls; replace it, or end it if it is not needed."""
        is_surplus = not self._waiting and len(self._processes) > self._wanted()
        if process.is_used_up or is_surplus:
            self._end(process)
            if self._waiting:
                self._start_missing()
            self._give_up_without_worker()
        self._send_waiting()

    def on_failure(self, process: WorkerProcess, *, died: bool = False) -> None:
        """Kill a process, fail the call that it was at, and start another one if jobs are left.

        `died`: it ended by itself. In this process, the call would end it, too, or stop it if it hangs.
        """
        self._history.add_failure(self._loop.time(), started=process.ready)
        paused = not died and process.is_paused()
        self._end(process)
        sent = process.sent
        if paused and sent and not sent[0].repeated:
            sent[0].repeated = True  # the worker, not the call, is why there is no answer
        elif sent:
            self._fail(sent.popleft(), died=died)
        self._waiting.extendleft(reversed(sent))
        if self._waiting:
            self._start_missing()
        self._give_up_without_worker()
        self._send_waiting()

    def _give_up_without_worker(self) -> None:
        """Let the waiting calls be made in this process if there is no worker."""
        if not self._processes:
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

    def _end(self, process: WorkerProcess) -> None:
        process.close()
        self._processes.remove(process)


_current_pool: ContextVar[WorkerPool] = ContextVar("worker pool")
