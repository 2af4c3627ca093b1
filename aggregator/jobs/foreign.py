"""Permits for requests, also to domains of shards that the worker does not hold: redirect targets, pages, pictures.

The lock of such a shard is taken for the time of the request, on a connection of a small pool, and waited for in the
order of arrival. Whoever waits holds no other lock of its session, so sessions cannot wait for each other in a circle;
two workers that want each other's shards wait until the time is over, and one source is collected a little later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aggregator.errors import AggregateError
from aggregator.http.permits import StillPermitted
from aggregator.jobs.connection import connection_parameters, lost_connection
from aggregator.jobs.leases import BREAK_STALE, SHARD_LOCKS, LeaseLostError, Leases
from aggregator.jobs.shards import shard_of
from aggregator.store.postgresql import SESSION_SETTINGS

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

POOL = 4
"""Foreign shards that a worker holds at once."""


class ShardBusyError(AggregateError):
    """Another worker holds the shard of the requested domain: the source is to be collected later."""


class _Lock:
    """The lock of a foreign shard. `users`: requests that wait for it or use it; `since`: when it was asked for."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.users = 0
        self.taking = asyncio.Lock()
        self.connection: AsyncConnection[Any] | None = None
        self.last_beat = 0.0


class Permits:
    """Permits for requests. `url`: of the database; `leases`: the shards that the worker holds; `pool`: number of
    foreign shards at once; `patience`: seconds to wait until one of so many is free, by default those for a shard."""

    def __init__(self, url: str, leases: Leases, pool: int = POOL, patience: float | None = None) -> None:
        from psycopg_pool import AsyncConnectionPool

        self._leases = leases
        self._times = leases.times
        self._patience = leases.times.wait if patience is None else patience
        self._clock = leases.clock
        self._locks: dict[int, _Lock] = {}  # those that further requests may share
        self._held: set[_Lock] = set()
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            kwargs=connection_parameters(url) | {"autocommit": True},
            min_size=0,
            max_size=pool,
            open=False,
            configure=self._configure,
        )

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def permit(self, url: str) -> AsyncIterator[StillPermitted]:
        """Within the context, a request may be sent to the URL: no other worker sends one to its domain.

        The value of the context raises LeaseLostError if that is no longer so, since the worker was stopped meanwhile.

        The Retry-After rules of its shard are known by then, and new ones are stored at the end. Raises ShardBusyError
        if another worker holds the shard for long, LeaseLostError if this one may no longer hold its own.
        """
        shard = shard_of(url)
        if self._leases.holds(shard):
            with self._leases.use(shard):
                yield self._leases.check
            return
        self._leases.check()
        lock = self._lock_of(shard)
        lock.users += 1
        try:
            async with lock.taking:
                if lock.connection is None:
                    await self._take(lock, shard)
            self._check(lock)
            yield partial(self._check, lock)
        finally:
            lock.users -= 1
            if not lock.users:
                if self._locks.get(shard) is lock:
                    del self._locks[shard]
                await asyncio.shield(self._give_back(lock, shard))

    async def keep(self) -> None:
        """Send heartbeats on the connections that hold locks, until cancelled."""
        while True:
            await asyncio.sleep(self._times.beat)
            for lock in [*self._held]:
                if lock.connection is not None:
                    sent = self._clock()
                    with suppress(Exception):  # a session that ended: `last_beat` says so
                        await lock.connection.execute("SELECT 1")
                        lock.last_beat = sent

    def _lock_of(self, shard: int) -> _Lock:
        lock, now = self._locks.get(shard), self._clock()
        if lock is None or now - lock.since > self._times.share:
            lock = self._locks[shard] = _Lock(now)
        return lock

    def _check(self, lock: _Lock) -> None:
        self._leases.check()
        age = self._clock() - lock.last_beat
        if age > self._times.send:
            raise LeaseLostError(f"no request is sent: the last heartbeat to the database was {age:.0f} s ago")

    async def _take(self, lock: _Lock, shard: int) -> None:
        import psycopg
        from psycopg_pool import PoolTimeout

        busy = ShardBusyError("another worker sends requests to this publisher; the source is collected later")
        try:
            connection = await self._pool.getconn(timeout=self._patience)
        except PoolTimeout:
            raise busy from None
        try:
            sent = self._clock()
            await connection.execute("SELECT pg_advisory_lock(%s, %s)", (SHARD_LOCKS, shard))
            self._leases.read_pauses([shard])
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            await connection.execute(BREAK_STALE, (self._times.stale, SHARD_LOCKS))
            await self._pool.putconn(connection)
            raise busy from None
        except BaseException as error:
            await connection.close()  # it may hold the lock
            await self._pool.putconn(connection)
            raise lost_connection(error) or error from None
        lock.connection, lock.last_beat = connection, sent
        self._held.add(lock)

    async def _give_back(self, lock: _Lock, shard: int) -> None:
        connection, lock.connection = lock.connection, None
        self._held.discard(lock)
        if connection is None:
            return
        try:
            self._leases.write_pauses()
            self._leases.forget_pauses([shard])
            await connection.execute("SELECT pg_advisory_unlock(%s, %s)", (SHARD_LOCKS, shard))
        except Exception as error:
            await connection.close()
            if lost_connection(error) is None:
                raise
        finally:
            await self._pool.putconn(connection)

    async def _configure(self, connection: AsyncConnection[Any]) -> None:
        for statement in (*SESSION_SETTINGS, f"SET lock_timeout = {int(self._times.wait * 1000)}"):
            await connection.execute(statement.encode())


async def keep(leases: Leases, permits: Permits) -> None:
    """Send heartbeats on all sessions of a process, until cancelled. Raises ConnectionLostError when that of the leases
    has ended."""
    others = asyncio.create_task(permits.keep())
    try:
        await leases.keep()
    finally:
        others.cancel()
