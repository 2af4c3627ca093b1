"""Set up what collecting needs: HTTP client, worker process, filters, and a bounded set of tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from aggregator import __version__
from aggregator.config.settings import Config
from aggregator.http.client import Client
from aggregator.http.retry_after import RetryAfterRule, RetryAfterRules
from aggregator.ingest.collect import Collected, collecting, request_for
from aggregator.ingest.filters import FilterChain
from aggregator.ingest.normalise import Batch, normalise
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.runtime.signals import cancel_on_sigterm
from aggregator.runtime.tasks import BoundedTasks
from aggregator.runtime.threads import run_in_thread_to_end
from aggregator.scheduling.state import Source

IN_PROGRESS = 64
"""How many sources at once may have been collected and not yet stored, to bound the memory."""


class IngestSession:
    """The stages between network and store. `answers`: the results of the sources, as `collect` yields them; `rules`:
    Retry-After rules of publishers; `storing`: limits how many sources are filtered and stored at once, to one if no
    filter sends requests."""

    def __init__(
        self,
        answers: AsyncIterator[Collected | None],
        rules: RetryAfterRules,
        filters: FilterChain,
        tasks: BoundedTasks,
    ) -> None:
        self.answers = answers
        self.rules = rules
        self.filters = filters
        self.tasks = tasks
        self.storing = asyncio.Semaphore(IN_PROGRESS if filters.send_requests else 1)

    async def normalise(self, collected: Collected) -> Batch:
        """Convert the parts that a source yielded into articles."""
        return await normalise(collected)

    async def in_thread(self, work: Callable[[], None]) -> None:
        """Do blocking work while requests continue."""
        await run_in_thread_to_end(work)


@asynccontextmanager
async def open_session(
    sources: Sequence[Source], config: Config, registry: Registry, rules: Iterable[RetryAfterRule], report: Report
) -> AsyncIterator[IngestSession]:
    """Start collecting from these sources. On leaving, all tasks have finished.

    `rules`: those of earlier runs. SIGTERM ends the session at the next await, between two transactions. Raises
    ConfigError, PluginError.
    """
    requests = [request_for(source, registry, report.started) for source in sources]
    with cancel_on_sigterm():
        async with Client(config.http, __version__, RetryAfterRules(rules, config.http.hold)) as client:
            filters = FilterChain.load(config.filters, registry, client, partial(report.fail, "filter"))
            async with collecting(requests, client) as answers, BoundedTasks(IN_PROGRESS) as tasks:
                yield IngestSession(answers, client.retry_after, filters, tasks)
