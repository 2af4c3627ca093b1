"""Between the network and the store: what sources give is stored as it comes, one source after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from aggregator.asked import Asked
from aggregator.collect import collect
from aggregator.filtering import bind_filters
from aggregator.holds import Holds
from aggregator.intake import Intake
from aggregator.plugins import Registry
from aggregator.progress import Watch
from aggregator.report import Report
from aggregator.settings import Config
from aggregator.signals import ending_at_sigterm
from aggregator.store import Store
from aggregator.threads import in_background


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
    intake = Intake(config, registry, store, bind_filters(config.filters, registry), report)
    asyncio.run(_take_in(asked, intake, config, store, watch, meanwhile))
    intake.finish()


async def _take_in(  # noqa: PLR0913 - see above
    asked: Sequence[Asked],
    intake: Intake,
    config: Config,
    store: Store,
    watch: Watch,
    meanwhile: Callable[[], None],
) -> None:
    requests = [intake.request(one) for one in asked]
    holds = Holds(store.holds(), config.http.hold)
    with ending_at_sigterm():
        done = 0
        async for batch in collect(requests, config.http, holds):
            if batch is None:
                await in_background(meanwhile)
                continue
            intake.take(asked[batch.place], batch)
            store.keep_holds(holds.changes())
            done += 1
            watch(done, len(asked))
