"""The queue of jobs, by procrastinate: only this file and queue_tables.py depend on that library.

The queue is only a hint of where to look: the due times in the store are the truth. So jobs are deleted when they end,
however they end; those of a worker that died are deleted as well, and the next plan makes new ones.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol

from procrastinate import App, PsycopgConnector, exceptions
from procrastinate.jobs import DeleteJobCondition, Status

from aggregator.jobs import queue_tables
from aggregator.jobs.connection import (
    ConnectionLostError,
    connection_parameters,
    lost_connection,
    report_lost_connection,
)
from aggregator.jobs.logs import LOGGER, event, silence_libraries
from aggregator.jobs.shards import Part
from aggregator.store.postgresql import error_line

PLAN, RESCUE, PUBLISH = "* * * * * */15", "* * * * * 30", "* * * * *"
"""When jobs are made: cron expressions, with the second last."""
COLLECT, PUBLISHING, PLANNING = "collect", "publish", "plan"
"""The queues."""
POLL = 1.0
"""Seconds between looks for new jobs while there is none."""
POOL = 4
POOL_TIMEOUT = 5.0
"""Seconds to wait for a connection of the pool, until it counts as lost."""


class Tasks(Protocol):
    """What the jobs do. An error other than that of the connection ends the job, and is logged by the task itself."""

    async def plan(self) -> Iterable[Part]:
        """Return the parts that need a job."""

    async def collect(self, part: Part) -> bool:
        """Collect from due sources of a part; returns whether more are due at once."""

    async def publish(self) -> None:
        """Group, make editions and write outputs, unless another process does."""


class Engine:
    """The queue, and the jobs that this process runs. Use `opened`."""

    def __init__(self, app: App, *, periodic: bool) -> None:
        self._app = app
        self._periodic = periodic
        self._tasks: Tasks | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._failure: asyncio.Future[ConnectionLostError] | None = None
        self._collect = app.task(name="collect", queue=COLLECT)(self._run_collect)
        self._register(self._run_plan, "plan", PLANNING, 20, PLAN)
        self._register(self._run_rescue, "rescue", PLANNING, 20, RESCUE)
        self._register(self._run_publish, "publish", PUBLISHING, 10, PUBLISH)

    def _register(self, run: Callable[[int], Awaitable[None]], name: str, queue: str, priority: int, cron: str) -> None:
        task = self._app.task(name=name, queue=queue, priority=priority, queueing_lock=name)(run)
        if self._periodic:
            self._app.periodic(cron=cron)(task)

    async def defer(self, parts: Iterable[Part]) -> int:
        """Make a job for each part that none is waiting for; returns the number of new ones."""
        deferred = 0
        for part in parts:
            task = self._collect.configure(queueing_lock=f"collect {part.number}/{part.of}")
            with suppress(exceptions.AlreadyEnqueued), report_lost_connection():
                await task.defer_async(number=part.number, of=part.of)
                deferred += 1
        return deferred

    async def run(
        self,
        tasks: Tasks,
        *,
        stop: asyncio.Event | None = None,
        queues: Iterable[str] = (COLLECT, PUBLISHING, PLANNING),
        concurrency: int = 4,
        grace: float = 30,
    ) -> None:
        """Run jobs until `stop` is set, or without it until none is waiting.

        Jobs that run when it is set may go on for `grace` seconds, and are cancelled then. Raises ConnectionLostError;
        by then, no job is running any more.
        """
        self._tasks = tasks
        self._failure = asyncio.get_running_loop().create_future()
        options: dict[str, Any] = {
            "queues": [*queues],
            "concurrency": concurrency,
            "wait": stop is not None,
            "shutdown_graceful_timeout": grace,
            "delete_jobs": DeleteJobCondition.ALWAYS,
            "install_signal_handlers": False,
            "update_heartbeat_interval": queue_tables.STALLED / 3,
            "stalled_worker_timeout": queue_tables.STALLED,
            "fetch_job_polling_interval": POLL,
            # A connection less for each worker; besides, psycopg leaves the listener's attempt to connect half open
            # when it is cancelled while the server stops, and the server waits a minute for it.
            "listen_notify": False,
        }
        worker = asyncio.create_task(self._app.run_worker_async(**options))
        stopped = asyncio.create_task(stop.wait() if stop else asyncio.Event().wait())
        try:
            ends: list[asyncio.Future[Any]] = [worker, stopped, self._failure]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self._failure.done():
                raise self._failure.result()
            if worker.done() and stop is not None and not stop.is_set():
                await _ended(worker)
                raise ConnectionLostError("the connection to the job queue failed")
            if not worker.done():
                worker.cancel()  # it finishes what runs
            await _ended(worker)
        except BaseException:
            await self._abort(worker)
            raise
        finally:
            stopped.cancel()

    async def rescue(self) -> int:
        """Delete the jobs of workers that have ended or are stopped, and return their number."""
        rescued = 0
        with report_lost_connection():
            for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=queue_tables.STALLED):
                assert job.id
                with suppress(exceptions.ConnectorException):  # its worker goes on, and has just finished it
                    await self._app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                    rescued += 1
            await self._app.job_manager.prune_stalled_workers(queue_tables.STALLED)
        return rescued

    async def _run_plan(self, timestamp: int = 0) -> None:
        assert self._tasks
        with self._watched("plan"):
            await self.defer(await self._tasks.plan())

    async def _run_collect(self, number: int, of: int) -> None:
        assert self._tasks
        part = Part(number, of)
        with self._watched(f"collect {number}/{of}"):
            if await self._tasks.collect(part):
                await self.defer([part])

    async def _run_publish(self, timestamp: int = 0) -> None:
        assert self._tasks
        with self._watched("publish"):
            await self._tasks.publish()

    async def _run_rescue(self, timestamp: int = 0) -> None:
        with self._watched("rescue"):
            await self.rescue()

    @contextmanager
    def _watched(self, job: str) -> Iterator[None]:
        """Within the context of a job, an error ends the job only, unless the connection failed."""
        task = asyncio.current_task()
        assert task
        self._running.add(task)
        task.add_done_callback(self._running.discard)  # not before the library has stored that it ended
        try:
            yield
        except Exception as error:
            lost = lost_connection(error)
            if lost is None:
                event("job failed", logging.ERROR, job=job, error=f"{type(error).__name__}: {error}")
                LOGGER.debug(job, exc_info=error)
            elif self._failure and not self._failure.done():
                self._failure.set_result(lost)

    async def _abort(self, worker: asyncio.Task[None]) -> None:
        """End all jobs at once, also if the database is out of reach."""
        for task in [*self._running]:
            task.cancel()
        worker.cancel()
        await asyncio.wait({worker, *self._running}, timeout=4 * POOL_TIMEOUT)
        if worker.done():
            with suppress(asyncio.CancelledError):
                worker.exception()


@asynccontextmanager
async def opened(url: str, *, periodic: bool = True) -> AsyncIterator[Engine]:
    """Open the queue in a database; its tables are created if they are missing.

    `periodic`: jobs to plan, publish and rescue are made while jobs are run. Raises ConnectionLostError.
    """
    silence_libraries()
    parameters = connection_parameters(url)
    with report_lost_connection():
        await queue_tables.install(parameters)
        pool: dict[str, Any] = {"kwargs": parameters | {"autocommit": True}, "configure": _configure}
        pool |= {"min_size": 1, "max_size": POOL, "timeout": POOL_TIMEOUT}
        app = App(connector=PsycopgConnector(**pool))
        await app.open_async()
    # For good: such tasks are found when they are deleted, which may be later.
    asyncio.get_running_loop().set_exception_handler(_report_unless_lost)
    try:
        yield Engine(app, periodic=periodic)
    finally:
        await app.close_async()


async def _configure(connection: Any) -> None:
    """Do not wait for the disk: jobs that a crash of the server loses are made again."""
    await connection.execute("SET synchronous_commit = off")


def _report_unless_lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep quiet about the library's tasks that could not store that a job has ended: `Engine.run` reports it once."""
    error = context.get("exception")
    if not isinstance(error, exceptions.ProcrastinateException):
        loop.default_exception_handler(context)


async def _ended(worker: asyncio.Task[None]) -> None:
    """Wait until a worker has ended. Any error of the library counts as a lost connection: the worker registers again,
    which it has to after it was stopped for so long that others deleted it."""
    try:
        await worker
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current and current.cancelling():
            raise
    except exceptions.ConnectorException as error:
        lost = ConnectionLostError(f"the job queue failed: {error_line(error.__cause__ or error)}")
        raise lost_connection(error) or lost from None
