"""Obeys robots.txt (RFC 9309) for web pages. Feeds are exempt, since they are published for programs.

Each file is read once for a list of sources, and again for a later list once what was read has expired.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aggregator.errors import FailureKind, FetchError
from aggregator.http.coalesce import SingleFlight
from aggregator.http.origins import display_url, origin
from aggregator.http.response import Response

if TYPE_CHECKING:
    from protego import Protego

PRODUCT_TOKEN = "aggregate"  # noqa: S105 - the name under which robots.txt addresses us
MAX_BYTES = 500 * 1024
"""Bytes of a robots.txt that are read (RFC 9309 2.5)."""
MAX_REDIRECTS = 5
"""Redirects on the way to a robots.txt (RFC 9309 2.3.1.2)."""
MAX_CRAWL_DELAY = 5.0
"""Seconds of the longest Crawl-delay that is respected."""

LIFETIME = 24 * 3600
"""Seconds for which a robots.txt is used (RFC 9309 2.4)."""
REFUSAL_LIFETIME = 5 * 60
"""Seconds for which a host gets no requests because its robots.txt could not be read."""
MAX_KEPT = 8 << 20
"""Bytes of robots.txt that are kept; parsed, they take several times as much memory."""
MIN_SIZE = 1 << 10
"""Bytes that are counted for the shortest one."""

Fetch = Callable[[str], Awaitable[Response]]
"""Requests a robots.txt; raises FetchError."""


class _Rules:
    """The rules of one host. `parsed`: its robots.txt, None if it allows all; `refusal`: why it disallows all;
    `postponed`: why it was not requested yet; `size`: of the file, in bytes.

    `read_at`: by the monotonic clock; set by the caller.
    """

    read_at = 0.0

    def __init__(
        self,
        parsed: Protego | None = None,
        refusal: str | None = None,
        *,
        postponed: FetchError | None = None,
        size: int = 0,
    ) -> None:
        self.size = max(size, MIN_SIZE)
        self._parsed = parsed
        self._refusal = refusal
        self._postponed = postponed
        self._next_request = 0.0
        delay = parsed.crawl_delay(PRODUCT_TOKEN) if parsed else None
        self._delay = min(delay or 0.0, MAX_CRAWL_DELAY)

    def check(self, url: str) -> None:
        """Raise FetchError if the page is disallowed."""
        if self._postponed:
            raise self._postponed
        if self._refusal:
            raise _disallowed(url, self._refusal)
        if self._parsed and not self._parsed.can_fetch(url, PRODUCT_TOKEN):
            raise _disallowed(url, "the robots.txt of the host disallows this page")

    def has_expired(self, now: float, since: float) -> bool:
        """Whether the file has to be read again; see `Robots.wait_for_permission`."""
        lifetime = REFUSAL_LIFETIME if self._refusal else LIFETIME
        return self._postponed is not None or (self.read_at < since and self.read_at + lifetime <= now)

    def reserve(self, now: float) -> float:
        """Reserve the next request, and return the seconds to wait before it."""
        start = max(self._next_request, now)
        self._next_request = start + self._delay
        return start - now


class Robots:
    """The robots.txt rules of all hosts. `clock`: the monotonic one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rules = SingleFlight[tuple[str, str], _Rules](MAX_KEPT, lambda rules: rules.size)

    async def wait_for_permission(self, url: str, fetch: Fetch, since: float) -> None:
        """Wait until the page may be requested. `fetch`: requests the robots.txt; `since`: when collecting began: what
        was read later stays in effect. Raises FetchError if the page may not be requested."""
        server = scheme, host = origin(url)
        known = self._rules.result(server)
        if known and known.has_expired(self._clock(), since):
            self._rules.forget(server)
        rules = await self._rules.call(server, lambda: self._read(f"{scheme}://{host}/robots.txt", fetch))
        rules.check(url)
        if wait := rules.reserve(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait)

    def close(self) -> None:
        """Cancel the requests in progress."""
        self._rules.close()

    async def _read(self, url: str, fetch: Fetch) -> _Rules:
        rules = await _read_rules(url, fetch)
        rules.read_at = self._clock()
        return rules


async def _read_rules(url: str, fetch: Fetch) -> _Rules:
    from protego import Protego

    try:
        response = await fetch(url)
    except FetchError as error:
        if error.kind == FailureKind.POSTPONED:
            return _Rules(postponed=error)
        if _means_no_rules(error):
            return _Rules()
        return _Rules(refusal=f"not requested, since the robots.txt of the host cannot be read ({error})")
    text = response.body.decode("utf-8-sig", "replace")
    return _Rules(await asyncio.to_thread(Protego.parse, text), size=len(response.body))


def _means_no_rules(error: FetchError) -> bool:
    """RFC 9309 2.3.1.2-3: an unreachable or failing server (as with 429) disallows all pages, other errors none."""
    if error.kind == FailureKind.STATUS:
        return error.status is not None and error.status < 500 and error.status != 429
    return error.kind == FailureKind.REDIRECTS


def _disallowed(url: str, words: str) -> FetchError:
    return FetchError(f"{display_url(url)}: {words}", url=url, kind=FailureKind.ROBOTS)
