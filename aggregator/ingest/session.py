"""Set up what collecting needs: HTTP client, worker processes, filters, and bounded sets of tasks.

A session serves one list of sources, or many of them over a long time, several at once. Connections, limits, robots.txt
and the Retry-After rules of publishers are those of the session; shared addresses, the detection of a missing network,
hosts that have stopped responding, and what filters have requested are those of each list.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime
from functools import partial

from aggregator import __version__
from aggregator.config.settings import Config
from aggregator.http.client import Client
from aggregator.http.permits import HostPermits
from aggregator.http.retry_after import RetryAfterRule, RetryAfterRules
from aggregator.ingest.collect import Collected, collecting, group_of, open_workers, request_for
from aggregator.ingest.filters import FilterChain
from aggregator.ingest.normalise import Batch, normalise
from aggregator.plugin.registry import Registry
from aggregator.runtime.tasks import BoundedTasks
from aggregator.runtime.threads import run_in_thread_to_end
from aggregator.runtime.worker_pool import WorkerPool
from aggregator.runtime.worker_start import MIN_CALLS, StartedWorker
from aggregator.scheduling.state import Source

IN_PROGRESS = 64
"""How many sources of a list may have been collected and not yet stored, to bound the memory."""


class Collection:
    """A list of sources that is collected. `session`: what it shares with other lists; `answers`: the results of the
    sources, as `collect` yields them; `filters`: those for their articles; `tasks`: process the results."""

    def __init__(
        self,
        session: IngestSession,
        answers: AsyncIterator[Collected | None],
        filters: FilterChain,
        tasks: BoundedTasks,
    ) -> None:
        self.session = session
        self.answers = answers
        self.filters = filters
        self.tasks = tasks


class IngestSession:
    """The stages between network and store. `rules`: Retry-After rules of publishers; `storing`: limits how many
    sources are filtered and stored at once, to one if no filter sends requests."""

    def __init__(self, client: Client, workers: WorkerPool, registry: Registry, filters: FilterChain) -> None:
        self.rules = client.retry_after
        self.storing = asyncio.Semaphore(IN_PROGRESS if filters.send_requests else 1)
        self._client = client
        self._workers = workers
        self._registry = registry
        self._filters = filters

    def use_converters(self, workers: Iterable[StartedWorker]) -> None:
        """Convert in worker processes that were started already; see `started_converters`."""
        for worker in workers:
            self._workers.adopt(worker)

    @asynccontextmanager
    async def collecting(self, sources: Sequence[Source], now: datetime) -> AsyncIterator[Collection]:
        """Start collecting from these sources. On leaving, all tasks have finished; after an exception, they were
        cancelled.

        `now`: when it started. Raises ConfigError, PluginError.
        """
        requests = [request_for(source, self._registry, now) for source in sources]
        group = group_of(requests, self._client)
        filters = self._filters.for_group(group)
        with closing(filters):
            async with (
                collecting(requests, self._client, self._workers, group) as answers,
                BoundedTasks(IN_PROGRESS) as tasks,
            ):
                yield Collection(self, answers, filters, tasks)

    async def normalise(self, collected: Collected) -> Batch:
        """Convert the parts that a source yielded into articles."""
        return await normalise(collected)

    async def in_thread(self, work: Callable[[], None]) -> None:
        """Do blocking work while requests continue."""
        await run_in_thread_to_end(work)


@asynccontextmanager
async def open_session(
    config: Config,
    registry: Registry,
    rules: Iterable[RetryAfterRule],
    fail: Callable[[str, str], None],
    permits: HostPermits | None = None,
) -> AsyncIterator[IngestSession]:
    """Open a session for lists of sources; see `IngestSession.collecting`.

    `rules`: those of earlier runs; `fail`: called with "filter" and a line per failure of a filter; `permits`: asked
    before each request, for a process that lasts, and shares hosts with others. Such a process has every answer parsed
    by a worker process, since a parser that hangs would delay all else. Raises ConfigError, PluginError.
    """
    async with Client(config.http, __version__, RetryAfterRules(rules, config.http.hold), permits=permits) as client:
        filters = FilterChain.load(config.filters, registry, client, partial(fail, "filter"))
        async with open_workers(client, 1 if permits else MIN_CALLS) as workers:
            yield IngestSession(client, workers, registry, filters)
