"""Detects that the machine has no network, from the requests for a list of sources: then no source is to blame.

What was observed for one list also tells about another one that is collected from at the same time. What was observed
before it does not, apart from hosts that failed while others were reached: they are to blame themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import msgspec

from aggregator.errors import FailureKind, FetchError

T = TypeVar("T")

OFFLINE_KINDS = frozenset({FailureKind.DNS, FailureKind.UNREACHABLE})
"""The kinds of failure that every host causes on a machine without a network."""
NOT_SENT_KINDS = frozenset({FailureKind.PRIVATE, FailureKind.SCHEME, FailureKind.HELD, FailureKind.POSTPONED})
"""Failures of requests that are not sent, which tell nothing about the network."""
SUSPECT_AFTER = 8
"""Hosts that failed this way, while no other was reached, before further requests wait for the outcome."""


RECENT = 5 * 60
"""Seconds for which the failure of a host also counts for other lists of sources."""
MAX_HOSTS = 1000
"""How many hosts that failed are remembered for other lists of sources."""


class _Unreached(msgspec.Struct, frozen=True):
    """A host that was not reached. `reached`: how many requests had reached another one before; `time`: when."""

    error: FetchError
    reached: int
    time: float


class Reachability:
    """What the requests of a client tell about the network, whichever list of sources they are for.

    `reached`: how many of them have reached a public host.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.reached = 0
        self._clock = clock
        self._unreached: dict[str, _Unreached] = {}

    @property
    def size(self) -> int:
        """How many hosts are remembered."""
        return len(self._unreached)

    def add(self, host: str, error: FetchError) -> bool:
        """Add a host that was not reached. Returns whether the network may be the cause: it is not if the host has
        failed before, and others were reached since."""
        before = self._unreached.pop(host, None)
        self._unreached[host] = _Unreached(error, before.reached if before else self.reached, self._clock())
        if len(self._unreached) > MAX_HOSTS:
            del self._unreached[next(iter(self._unreached))]
        return before is None or before.reached == self.reached

    def unreached(self) -> dict[str, FetchError]:
        """Return the hosts that failed lately, while no other was reached."""
        since = self._clock() - RECENT
        return {
            host: failure.error
            for host, failure in self._unreached.items()
            if failure.reached == self.reached and failure.time >= since
        }


class Connectivity:
    """Observes the requests for one list of sources, by host; those to literal or private addresses do not count.

    `reachability`: shared with other lists of sources.
    """

    def __init__(self, reachability: Reachability | None = None) -> None:
        self._reachability = Reachability() if reachability is None else reachability
        self._reached_before = self._reachability.reached
        self._unreached: dict[str, FetchError] = {}
        self._in_progress = 0
        self._decided = asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether some public host was reached."""
        return self._reachability.reached > self._reached_before

    @property
    def is_down(self) -> bool:
        """Whether at least two hosts were not reached, and no other was."""
        return not self.is_up and len(self._all_unreached()) >= 2

    def error(self, url: str) -> FetchError:
        """Return the error that states that there is no network."""
        unreached = self._all_unreached()
        reason = f"no network: none of {len(unreached)} hosts can be reached ({next(iter(unreached.values()))})"
        return FetchError(reason, url=url, kind=FailureKind.OFFLINE)

    async def observe(self, url: str, host: str, request: Coroutine[Any, Any, T]) -> T:
        """Run a request and learn from its outcome. Raises what it raises, and FetchError if there is no network."""
        try:
            await self._wait_while_suspect(url)
        except BaseException:
            request.close()
            raise
        self._in_progress += 1
        try:
            result = await request
            self._reachability.reached += 1
            return result
        except FetchError as error:
            if error.kind in OFFLINE_KINDS:
                if self._reachability.add(host, error):
                    self._unreached.setdefault(host, error)
            elif error.kind not in NOT_SENT_KINDS:
                self._reachability.reached += 1
            raise
        finally:
            self._in_progress -= 1
            if self.is_up or (self._is_suspect and not self._in_progress):
                self._decided.set()

    def _all_unreached(self) -> dict[str, FetchError]:
        """The hosts that failed, those of other lists of sources included."""
        return self._unreached | self._reachability.unreached() if self._unreached else {}

    @property
    def _is_suspect(self) -> bool:
        return not self.is_up and len(self._unreached) >= SUSPECT_AFTER

    async def _wait_while_suspect(self, url: str) -> None:
        """Wait until the requests in progress have decided. Raises FetchError if there is no network."""
        while self._is_suspect:
            if not self._in_progress:
                raise self.error(url)
            await self._decided.wait()
