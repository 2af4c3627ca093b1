"""A worker process of a pool, as its parent sees it: it is sent a batch of calls at a time, and returns each result."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from aggregator.runtime.messages import Receiver, send
from aggregator.runtime.worker_main import OUT_OF_MEMORY
from aggregator.runtime.worker_start import BATCH_SIZE, StartedWorker

MAX_CALLS = 20_000
"""Number of calls after which a process is replaced, so that memory which its parsers leak is returned."""


class Job:
    """A pickled call and the future of its pickled result."""

    def __init__(self, call: bytes) -> None:
        self.call = call
        self.repeated = False
        self.result: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()

    @property
    def is_large(self) -> bool:
        """Whether it may need much memory."""
        return len(self.call) > BATCH_SIZE


class Owner(Protocol):
    """What is told of a process."""

    def on_idle(self, process: WorkerProcess) -> None:
        """It has answered all calls that it was sent."""

    def on_failure(self, process: WorkerProcess, *, died: bool) -> None:
        """It has died, or takes too long."""


class WorkerProcess:
    """A process that was started. `sent`: the jobs that it has not answered, the one that it is at first; `ready`:
    whether it has imported what it needs; `timeout`: seconds for that."""

    def __init__(self, worker: StartedWorker, owner: Owner, timeout: float) -> None:
        self.sent: deque[Job] = deque()
        self.ready = False
        self.pid = worker.process.pid
        self._worker = worker
        self._owner = owner
        self._receiver = Receiver()
        self._calls = 0
        self._limit_of: Callable[[Job], float] = lambda _: timeout
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(worker.pipe.fileno(), self._receive)
        self._timer = self._loop.call_later(timeout, self._fail)

    @property
    def is_idle(self) -> bool:
        """Whether it can be sent jobs."""
        return self.ready and not self.sent

    @property
    def is_used_up(self) -> bool:
        """Whether it has made many calls, or ran out of memory, and is to be replaced."""
        return self._calls >= MAX_CALLS

    def send(self, jobs: Iterable[Job], limit_of: Callable[[Job], float]) -> None:
        """Have it make calls. `limit_of`: returns how many seconds a call may take."""
        self.sent.extend(jobs)
        self._limit_of = limit_of
        self._limit_first()
        try:
            send(self._worker.pipe, pickle.dumps([job.call for job in self.sent], 5))
        except OSError:
            self._fail(died=True)

    def close(self) -> None:
        """Kill it."""
        self._timer.cancel()
        self._loop.remove_reader(self._worker.pipe.fileno())
        self._worker.close()

    def is_paused(self) -> bool:
        """Whether a signal has stopped it (SIGSTOP)."""
        try:
            pid, status = os.waitpid(self.pid, os.WUNTRACED | os.WNOHANG)
        except ChildProcessError:
            return False
        return pid != 0 and os.WIFSTOPPED(status)

    def _limit_first(self) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(self._limit_of(self.sent[0]), self._fail)

    def _receive(self) -> None:
        results = self._receiver.receive(self._worker.pipe)
        if results is None:
            self._fail(died=True)
            return
        if not results:
            return
        self._timer.cancel()
        if not self.ready:
            self.ready = True
            del results[0]  # its first message is empty
        for result in results:
            job = self.sent.popleft()
            self._calls += MAX_CALLS if result == OUT_OF_MEMORY else 1
            if not job.result.done():
                job.result.set_result(result or None)
        if self.sent:
            self._limit_first()
        else:
            self._owner.on_idle(self)

    def _fail(self, *, died: bool = False) -> None:
        self._owner.on_failure(self, died=died)
