"""Permits for the process that groups and publishes: it fetches pictures from publishers that workers collect from.

It holds no shards, so that no worker waits for it for long: each request takes the lock of its shard.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aggregator.http.permits import OpenPermits
from aggregator.http.retry_after import RetryAfterRules
from aggregator.jobs.connection import ConnectionLostError
from aggregator.jobs.foreign import Permits, keep
from aggregator.jobs.leases import DEFAULT_TIMES, Leases
from aggregator.jobs.pauses import StoredPauses
from aggregator.store import Store

POOL = 8
"""Shards that it sends requests to at once."""
PATIENCE = 120.0
"""Seconds in which one of so many is free again: pictures delay nobody who waits for news."""
TIMES = DEFAULT_TIMES


def permits_of(store: Store, url: str) -> OpenPermits:
    """Return what opens permits on the session of a store. `url`: of the database, with its password."""

    @asynccontextmanager
    async def open_permits(rules: RetryAfterRules) -> AsyncIterator[Permits]:
        leases = Leases(store.connection, StoredPauses(store, rules), TIMES, is_worker=False)
        async with Permits(url, leases, pool=POOL, patience=PATIENCE) as permits:
            beating = asyncio.create_task(keep(leases, permits))
            try:
                yield permits
            finally:
                beating.cancel()
                with suppress(asyncio.CancelledError, ConnectionLostError):  # the next statement of the store says so
                    await beating

    return open_permits
