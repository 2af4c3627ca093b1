"""Obeys robots.txt (RFC 9309) for web pages. Feeds are exempt, since they are published for programs."""

from __future__ import annotations

import asyncio
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

Fetch = Callable[[str], Awaitable[Response]]
"""Requests a robots.txt; raises FetchError."""


class _Rules:
    """The rules of one host. `parsed`: its robots.txt, None if it allows all; `refusal`: why it disallows all."""

    def __init__(self, parsed: Protego | None = None, refusal: str | None = None) -> None:
        self._parsed = parsed
        self._refusal = refusal
        self._next_request = 0.0
        delay = parsed.crawl_delay(PRODUCT_TOKEN) if parsed else None
        self._delay = min(delay or 0.0, MAX_CRAWL_DELAY)

    def check(self, url: str) -> None:
        """Raise FetchError if the page is disallowed."""
        if self._refusal:
            raise _disallowed(url, self._refusal)
        if self._parsed and not self._parsed.can_fetch(url, PRODUCT_TOKEN):
            raise _disallowed(url, "the robots.txt of the host disallows this page")

    def reserve(self, now: float) -> float:
        """Reserve the next request, and return the seconds to wait before it."""
        start = max(self._next_request, now)
        self._next_request = start + self._delay
        return start - now


class Robots:
    """The robots.txt rules of all hosts in a run; each file is requested once."""

    def __init__(self) -> None:
        self._rules = SingleFlight[tuple[str, str], _Rules]()

    async def wait_for_permission(self, url: str, fetch: Fetch) -> None:
        """Wait until the page may be requested. `fetch`: requests the robots.txt. Raises FetchError if it may not."""
        scheme, host = origin(url)
        rules = await self._rules.call((scheme, host), lambda: _read_rules(f"{scheme}://{host}/robots.txt", fetch))
        rules.check(url)
        if wait := rules.reserve(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait)

    def close(self) -> None:
        """Cancel the requests in progress."""
        self._rules.close()


async def _read_rules(url: str, fetch: Fetch) -> _Rules:
    from protego import Protego

    try:
        response = await fetch(url)
    except FetchError as error:
        if _means_no_rules(error):
            return _Rules()
        return _Rules(refusal=f"not requested, since the robots.txt of the host cannot be read ({error})")
    text = response.body.decode("utf-8-sig", "replace")
    return _Rules(await asyncio.to_thread(Protego.parse, text))


def _means_no_rules(error: FetchError) -> bool:
    """RFC 9309 2.3.1.2-3: an unreachable or failing server (as with 429) disallows all pages, other errors none."""
    if error.kind == FailureKind.STATUS:
        return error.status is not None and error.status < 500 and error.status != 429
    return error.kind == FailureKind.REDIRECTS


def _disallowed(url: str, words: str) -> FetchError:
    return FetchError(f"{display_url(url)}: {words}", url=url, kind=FailureKind.ROBOTS)
