"""Holds the shards that a worker works on: session advisory locks of PostgreSQL, on the session that also stores.

A session that has ended can neither hold a lock nor commit. So a shard is free as soon as its worker is killed, and
what a worker still stores belongs to shards that it holds. A worker that is stopped and continues later is recognised
by the time of its last heartbeat: it sends no request any more after 10 seconds, and others end its session after 60.

Times of heartbeats need no table: the server records when each session last ended a statement (`pg_stat_activity`).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from aggregator.errors import AggregateError
from aggregator.jobs.connection import lost_connection, now_monotonic
from aggregator.store.connection import Connection
from aggregator.store.postgresql import WORKER_SESSION

SHARD_LOCKS = 0x61676701
"""Advisory locks (this, shard): the right to send requests to the domains of a shard."""
SINGLE_LOCKS = 0x61676702
"""Advisory locks (this, number): of what one process at a time does."""
ROSTER, SCHEMA = 1, 2
"""What that is: to synchronise the roster, to create tables."""


class LeaseTimes(msgspec.Struct, frozen=True):
    """Seconds. `beat`: between heartbeats; `send`: no request is sent that long after the last heartbeat, since the
    server ends the session of a machine that was cut off after 11 seconds at the earliest (SESSION_SETTINGS); `stale`:
    then others end the session. The difference is for requests that are under way, and for clocks that differ.
    `wait`: for a foreign shard that another worker holds; `share`: during which further requests may share the lock of
    a foreign shard, so that other workers get it, too."""

    beat: float = 5
    send: float = 10
    stale: float = 60
    wait: float = 10
    share: float = 10


DEFAULT_TIMES = LeaseTimes()


class LeaseLostError(AggregateError):
    """The worker may no longer hold its shards: no request may be sent."""


class Pauses(Protocol):
    """The Retry-After rules of publishers: in the store for all workers, in the HTTP client for this one."""

    def read(self, shards: Collection[int]) -> None:
        """Add the stored rules of shards that were just acquired to the client."""

    def write(self) -> None:
        """Store the rules that are new, when a request ends and before shards are released."""

    def forget(self, shards: Collection[int]) -> None:
        """Drop the rules of shards that are about to be released, and whose rules were stored: from then on, another
        worker may change them."""


_ACQUIRE = "SELECT shard FROM unnest(CAST(%s AS int[])) AS shard WHERE pg_try_advisory_lock(%s, shard)"
_RELEASE = "SELECT pg_advisory_unlock(%s, shard) FROM unnest(CAST(%s AS int[])) AS shard"
# A session that executes a statement has a client that waits for it, unless the client does not take the answer.
BREAK_STALE = """
    SELECT holder.pid, pg_terminate_backend(holder.pid) FROM pg_stat_activity AS holder
    WHERE holder.datname = current_database() AND holder.usename = current_user
    AND (holder.state <> 'active' OR holder.wait_event_type = 'Client')
    AND clock_timestamp() - holder.state_change > %s * interval '1 second'
    AND EXISTS (
        SELECT FROM pg_locks WHERE pg_locks.pid = holder.pid AND locktype = 'advisory' AND granted AND objsubid = 2
        AND classid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
"""Ends the sessions that hold locks of a class, and have not sent a heartbeat for some seconds."""
_HELD = """
    SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def show_as_worker(connection: Connection) -> None:
    """Name the session of this process: `aggregate status` shows a worker, and `aggregate store copy` refuses."""
    name = f"{WORKER_SESSION}{socket.gethostname()[:40]}:{os.getpid()}"
    connection.execute("SELECT set_config('application_name', %s, false)", (name,))


class Leases:
    """The shards that this worker holds. `connection`: to PostgreSQL, that of the store; only one thread uses it;
    `pauses`: may be set later, but before a shard is acquired; `is_worker`: `aggregate status` shows it as one."""

    def __init__(
        self,
        connection: Connection,
        pauses: Pauses | None = None,
        times: LeaseTimes = DEFAULT_TIMES,
        clock: Callable[[], float] = now_monotonic,
        *,
        is_worker: bool = True,
    ) -> None:
        self.times = times
        self._connection = connection
        self.pauses = pauses
        self.clock = clock
        self._users: dict[int, int] = {}  # by shard that is held: requests under way on behalf of other shards
        self._ending: set[int] = set()
        if is_worker:
            show_as_worker(connection)
        self.beat()

    def acquire(self, shards: Iterable[int]) -> list[int]:
        """Acquire those of the shards that nobody holds, and return them. Their Retry-After rules have been read."""
        wanted = [shard for shard in shards if shard not in self._users]
        acquired = [shard for (shard,) in self._connection.execute(_ACQUIRE, (wanted, SHARD_LOCKS))] if wanted else []
        self._users |= dict.fromkeys(acquired, 0)
        if acquired:
            try:
                self.read_pauses(acquired)
            except BaseException:
                self.release(acquired)
                raise
        return acquired

    def release(self, shards: Iterable[int]) -> None:
        """Release shards, once no request on behalf of another shard uses them; first, new Retry-After rules are
        stored. A session that has ended has released them: the next heartbeat reports it."""
        self._ending |= {shard for shard in shards if shard in self._users}
        self._store_pauses_and_release()

    def holds(self, shard: int) -> bool:
        """Whether requests to the shard may be sent under this worker's lock."""
        return shard in self._users and shard not in self._ending

    @contextmanager
    def use(self, shard: int) -> Iterator[None]:
        """Within the context, the lock of a shard that this worker holds is kept; a new Retry-After rule is stored when
        the request ends, since the worker may be killed before it stores the source. Raises LeaseLostError."""
        self.check()
        self._users[shard] += 1
        try:
            yield
        finally:
            self._users[shard] -= 1
            self._store_pauses_and_release()

    def beat(self) -> None:
        """Send a heartbeat. Raises an error of the driver if the session that holds the locks has ended."""
        sent = self.clock()
        self._connection.execute("SELECT 1")
        self._last_beat = sent

    def check(self) -> None:
        """Raise LeaseLostError if the last heartbeat is too long ago for a request to be sent."""
        age = self.clock() - self._last_beat
        if age > self.times.send:
            raise LeaseLostError(f"no request is sent: the last heartbeat to the database was {age:.0f} s ago")

    async def keep(self) -> None:
        """Send heartbeats until cancelled. Raises ConnectionLostError when the session has ended."""
        while True:
            await asyncio.sleep(self.times.beat)
            try:
                self.beat()
            except Exception as error:
                raise lost_connection(error) or error from None

    def break_stale(self) -> list[int]:
        """End the sessions of workers that hold shards but have not sent a heartbeat for long; returns process ids."""
        rows = self._connection.execute(BREAK_STALE, (self.times.stale, SHARD_LOCKS))
        return [pid for pid, ended in rows if ended]

    def held_by_anyone(self) -> set[int]:
        """Return the shards that any worker holds."""
        return {shard for (shard,) in self._connection.execute(_HELD, (SHARD_LOCKS,))}

    def read_pauses(self, shards: Collection[int]) -> None:
        """Read the Retry-After rules of shards that were just acquired."""
        if self.pauses is not None:
            self.pauses.read(shards)

    def write_pauses(self) -> None:
        """Store new Retry-After rules, before shards are released."""
        if self.pauses is not None:
            self.pauses.write()

    def forget_pauses(self, shards: Collection[int]) -> None:
        """Drop the Retry-After rules of shards that are about to be released, once they were stored."""
        if self.pauses is not None:
            self.pauses.forget(shards)

    def _store_pauses_and_release(self) -> None:
        try:
            self.write_pauses()
            unused = [shard for shard in self._ending if not self._users[shard]]
            if unused:
                self.forget_pauses(unused)
                self._connection.execute(_RELEASE, (SHARD_LOCKS, unused))
        except Exception as error:
            if lost_connection(error) is None:
                raise
            return
        self._ending.difference_update(unused)
        for shard in unused:
            del self._users[shard]
