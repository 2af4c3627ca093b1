"""Between the network and the store: what sources give is stored as it comes, one source after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from itertools import count
from typing import Any, Self

from aggregator import __version__
from aggregator.cli.progress import Watch
from aggregator.config.settings import Config
from aggregator.http.client import Client
from aggregator.http.retry_after import RetryAfterRules
from aggregator.ingest.collect import Batch, collect
from aggregator.ingest.filters import Filtering, bind_filters
from aggregator.ingest.select import Asked
from aggregator.ingest.take_in import Intake
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.runtime.signals import ending_at_sigterm
from aggregator.runtime.threads import in_background
from aggregator.store import Store

AT_ONCE = 64
"""Sources at once whose articles wait for a filter that asks the network."""


def take_in(  # noqa: PLR0913 - what lies between the network and the store
    asked: Sequence[Asked],
    config: Config,
    registry: Registry,
    store: Store,
    report: Report,
    watch: Watch,
    meanwhile: Callable[[], None],
) -> None:
    """Ask these sources, and bring their items into the store.

    `meanwhile`: what is done, in a thread, while only slow ones are left. Raises ConfigError, PluginError, StoreError.
    """
    asyncio.run(_take_in(asked, config, registry, store, report, watch, meanwhile))


async def _take_in(  # noqa: PLR0913 - see above
    asked: Sequence[Asked],
    config: Config,
    registry: Registry,
    store: Store,
    report: Report,
    watch: Watch,
    meanwhile: Callable[[], None],
) -> None:
    rules, numbers = RetryAfterRules(store.holds(), config.http.hold), count(1)
    with ending_at_sigterm():
        async with Client(config.http, __version__, rules) as client:
            filtering = Filtering(bind_filters(config.filters, registry), client, partial(report.fail, "filter"))
            intake = Intake(config, registry, store, filtering, report)

            async def take(batch: Batch) -> None:
                await intake.take(asked[batch.place], batch)
                store.keep_holds(rules.take_changes())
                watch(next(numbers), len(asked))

            async with _Takers(AT_ONCE if filtering.asks else 1) as takers:
                async for batch in collect([intake.request(one) for one in asked], client):
                    if batch:
                        await takers.begin(take(batch))
                    elif not takers.busy:  # the store serves one at a time
                        await in_background(meanwhile)
            intake.finish()


class _Takers:
    """What was given is taken in one after the other; where filters ask the network, so many sources at once."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self.busy: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            while self.busy and kind is None:
                await self._one_is_done()
        finally:
            for task in self.busy:
                task.cancel()

    async def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this, as soon as there is room. Raises what one that began before has raised."""
        self.busy.add(asyncio.create_task(work))
        while len(self.busy) >= self._at_once:
            await self._one_is_done()

    async def _one_is_done(self) -> None:
        done, self.busy = await asyncio.wait(self.busy, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
