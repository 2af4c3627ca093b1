"""Adaptive concurrency limiter: limits the simultaneous requests of a client, and those to each host.

A request that waits much longer than is typical of its host releases its slot and continues without one, so that a
stalled request blocks no other. Once one request has reached the full timeout without a response, the others at the
same host wait only a fraction of it; and if the host has sent nothing in the meantime, requests to it fail immediately.
Both apply to the requests for the same list of sources: those for a later list find out anew whether the host responds.
"""

from __future__ import annotations

import asyncio
import math
from types import TracebackType
from typing import Self

import msgspec

DEFAULT_RELEASE_DELAY = 1.0
"""Seconds without a response before a slot is released, at a host whose response time is not known yet."""
MIN_RELEASE_DELAY = 0.1
SLOW_FACTOR = 10
"""Multiple of the typical response time from which on a response is late."""
LARGE_BODIES = 3
"""How many requests at once may hold a large body that no source has received yet."""
MAX_HOSTS = 1000
"""How many hosts are remembered without a request in progress."""
MIN_CHECK_INTERVAL = 0.02
"""Seconds between two checks of a request, at least."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """The timeouts of a request, in seconds. `response`: until its first byte; `read`: between two chunks."""

    connect: float
    response: float
    read: float
    total: float

    @classmethod
    def from_total(cls, total: float) -> Timeouts:
        """Derive all timeouts from the total one."""
        return cls(connect=total / 2, response=total, read=total / 2, total=total)

    def release_delay(self, typical: float | None) -> float:
        """Return how long a request waits before it releases its slot. `typical`: the host's response time."""
        delay = DEFAULT_RELEASE_DELAY if typical is None else max(SLOW_FACTOR * typical, MIN_RELEASE_DELAY)
        return min(delay, self.total / 4)

    def reduced_response(self, typical: float | None) -> float:
        """Return the response timeout for a host at which another request has already timed out."""
        return min(max(SLOW_FACTOR * (typical or 0), self.response / 4), self.response)


class _Host:
    """The state of one host.

    `typical`: its response time; `response_timeout`: the one in effect; `waiting`: requests without a response so far;
    `silent_since`: when it last sent anything while requests were waiting; `unresponsive`: it has stopped responding;
    `judged_at`: when that, or a shorter timeout, took effect; `slots`: how many are acquired or waited for.
    """

    __slots__ = (
        "judged_at",
        "response_timeout",
        "semaphore",
        "silent_since",
        "slots",
        "typical",
        "unresponsive",
        "waiting",
    )

    def __init__(self, per_host: int, timeouts: Timeouts) -> None:
        self.semaphore = asyncio.Semaphore(per_host)
        self.slots = 0
        self.typical: float | None = None
        self.response_timeout = timeouts.response
        self.waiting: set[Slot] = set()
        self.silent_since = 0.0
        self.unresponsive = False
        self.judged_at = math.inf

    def forgive(self, timeouts: Timeouts) -> None:
        """Let the host respond again."""
        self.unresponsive = False
        self.response_timeout = timeouts.response
        self.judged_at = math.inf

    def request_sent(self, slot: Slot, now: float) -> None:
        """Add a request that waits for its response."""
        if not self.waiting:
            self.silent_since = now
        self.waiting.add(slot)

    def response_started(self, slot: Slot, now: float, seconds: float) -> None:
        """Update the typical response time. Slow responses have less weight: our own machine may have been busy."""
        self.waiting.discard(slot)
        if self.typical is None:
            self.typical = seconds
        else:
            self.typical += (seconds - self.typical) * (0.3 if seconds < self.typical else 0.03)
        self.data_received(now)

    def data_received(self, now: float) -> None:
        """Record that the host responds."""
        self.silent_since = now
        self.unresponsive = False


class ConcurrencyLimiter:
    """The slots of one client. `concurrency`: how many in total; `per_host`: how many of these for one host."""

    def __init__(self, concurrency: int, per_host: int, timeouts: Timeouts) -> None:
        self.timeouts = timeouts
        self.semaphore = asyncio.Semaphore(concurrency)
        self.large_bodies = asyncio.Semaphore(LARGE_BODIES)
        self.releasable = concurrency
        """How many more requests may release their slot early: each of them keeps a connection open."""
        self._per_host = per_host
        self._hosts: dict[str, _Host] = {}  # the one with the latest request last
        self._clean_up_at = MAX_HOSTS

    @property
    def size(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    def slot(self, host: str, since: float = 0.0) -> Slot:
        """Return a slot for one request to this host, to be acquired, entered and released.

        `since`: by the clock of the event loop; a host that has stopped responding before gets requests again.
        """
        state = self._hosts.pop(host, None) or _Host(self._per_host, self.timeouts)
        if len(self._hosts) >= self._clean_up_at:
            self._drop_idle_hosts()
        self._hosts[host] = state
        if state.judged_at < since:
            state.forgive(self.timeouts)
        return Slot(self, state)

    def _drop_idle_hosts(self) -> None:
        """Forget the hosts whose last request is the longest ago, so that half as many remain as may."""
        idle = [name for name, host in self._hosts.items() if not host.slots]
        for name in idle[: max(len(idle) - MAX_HOSTS // 2, 0)]:
            del self._hosts[name]
        self._clean_up_at = max(MAX_HOSTS, 2 * len(self._hosts))


class Slot:
    """The slot of one request. While it is entered (`async with`), timeouts are enforced with a TimeoutError.

    `timeout_reason`: which timeout expired, in words, if one did.
    """

    def __init__(self, limiter: ConcurrencyLimiter, host: _Host) -> None:
        self._limiter = limiter
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._released_early = False
        self._has_large_body = False
        self._last_data: float | None = None
        self.timeout_reason = ""

    @property
    def host_is_unresponsive(self) -> bool:
        """Whether the host has stopped responding."""
        return self._host.unresponsive

    async def acquire(self) -> None:
        """Wait until the request may be sent: first for the host's limit, then for that of the client."""
        self._host.slots += 1
        try:
            await self._acquire_semaphores()
        except BaseException:
            self._host.slots -= 1
            raise

    async def _acquire_semaphores(self) -> None:
        await self._host.semaphore.acquire()
        try:
            await self._limiter.semaphore.acquire()
        except BaseException:
            self._host.semaphore.release()
            raise

    async def __aenter__(self) -> Self:
        self._sent = self._loop.time()
        self._host.request_sent(self, self._sent)
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self._is_entered = True
        self._next_check: asyncio.Handle = self._loop.call_at(self._check_time(), self._schedule_check)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_entered = False
        self._next_check.cancel()
        self._host.waiting.discard(self)
        await self._timeout.__aexit__(kind, error, traceback)

    def release(self) -> None:
        """Release the slot; must follow `acquire` exactly once."""
        if self._has_large_body:
            self._limiter.large_bodies.release()
        self._host.slots -= 1
        if self._released_early:
            self._limiter.releasable += 1
        else:
            self._release_semaphores()

    def _release_semaphores(self) -> None:
        self._limiter.semaphore.release()
        self._host.semaphore.release()

    async def permit_large_body(self) -> None:
        """Wait until the request may hold a large body, until it is released. Its timeouts are suspended meanwhile."""
        if self._has_large_body:
            return
        self._next_check.cancel()
        started = self._loop.time()
        await self._limiter.large_bodies.acquire()
        self._has_large_body = True
        self._sent += self._loop.time() - started
        self._last_data = self._loop.time()
        if self._is_entered:
            self._schedule_check()

    def data_received(self) -> None:
        """Record that the response has begun, or that another chunk of it has arrived."""
        now = self._loop.time()
        if self._last_data is None:
            self._host.response_started(self, now, now - self._sent)
        else:
            self._host.data_received(now)
        self._last_data = now

    def connect_timed_out(self) -> None:
        """Record that no connection was made in time."""
        now = self._loop.time()
        self._host.unresponsive = now >= self._host.silent_since + self._limiter.timeouts.connect
        self._host.judged_at = now

    def check_soon(self) -> None:
        """Check the timeouts again, since they have changed."""
        self._next_check.cancel()
        self._schedule_check()

    def _schedule_check(self) -> None:
        """Check the timeouts once the data that arrived while the loop was busy has been delivered."""
        self._next_check = self._loop.call_soon(self._check)

    def _check_time(self) -> float:
        timeouts, host = self._limiter.timeouts, self._host
        if self._last_data is not None:
            return min(self._last_data + timeouts.read, self._sent + timeouts.total)
        deadline = self._sent + host.response_timeout
        return deadline if self._released_early else min(deadline, self._sent + timeouts.release_delay(host.typical))

    def _check(self) -> None:
        now, timeouts, host = self._loop.time(), self._limiter.timeouts, self._host
        if self._last_data is None and now >= self._sent + host.response_timeout:
            return self._expire_without_response(now)
        if self._last_data is not None and now >= self._sent + timeouts.total:
            return self._expire(f"no complete response within {timeouts.total:g} s")
        if self._last_data is not None and now >= self._last_data + timeouts.read:
            return self._expire(f"the response stalled for {timeouts.read:g} s")
        is_late = self._last_data is None and now >= self._sent + timeouts.release_delay(host.typical)
        if is_late and not self._released_early:
            self._release_early()
        self._next_check = self._loop.call_at(max(self._check_time(), now + MIN_CHECK_INTERVAL), self._schedule_check)

    def _release_early(self) -> None:
        if self._limiter.releasable > 0:
            self._release_semaphores()
            self._limiter.releasable -= 1
            self._released_early = True

    def _expire_without_response(self, now: float) -> None:
        """Time out, and reduce the timeout of the other requests that wait for the same host."""
        timeouts, host = self._limiter.timeouts, self._host
        host.waiting.discard(self)
        self._expire(f"no response within {timeouts.response:g} s")
        if now < self._sent + timeouts.response:
            self.timeout_reason += ", like another request to the same host"
        host.unresponsive = now >= host.silent_since + timeouts.response
        host.judged_at = now
        if host.response_timeout == timeouts.response:
            host.response_timeout = timeouts.reduced_response(host.typical)
            for other in host.waiting:
                other.check_soon()

    def _expire(self, reason: str) -> None:
        self.timeout_reason = reason
        self._timeout.reschedule(self._loop.time())
