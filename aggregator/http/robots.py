"""robots.txt (RFC 9309): which pages of a host a program may ask for. For web pages, not for feeds, which are made for
programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aggregator.errors import FetchError
from aggregator.http.origins import origin, shown
from aggregator.http.response import Response

if TYPE_CHECKING:
    from protego import Protego

TOKEN = "aggregate"  # noqa: S105 - what robots.txt calls us
LARGEST = 500 * 1024
"""Bytes of it that are read (RFC 9309 2.5)."""
REDIRECTS = 5
"""Redirects on the way to it (RFC 9309 2.3.1.2)."""
LONGEST_DELAY = 5.0
"""Seconds between two pages that are waited for, whatever it asks for."""

Ask = Callable[[str], Awaitable[Response]]
"""Asks for a robots.txt; raises FetchError as for any address."""


class _Rules:
    """What one host allows. `parsed`: its robots.txt, None where all is allowed; `refusal`: why nothing is."""

    def __init__(self, parsed: Protego | None = None, refusal: str | None = None) -> None:
        self._parsed = parsed
        self._refusal = refusal
        self._next = 0.0
        delay = parsed.crawl_delay(TOKEN) if parsed else None
        self._delay = min(delay or 0.0, LONGEST_DELAY)

    def check(self, url: str) -> None:
        """Raises FetchError for a page that may not be asked for."""
        if self._refusal:
            raise FetchError(f"{shown(url)}: {self._refusal}", url=url, kind="robots")
        if self._parsed and not self._parsed.can_fetch(url, TOKEN):
            raise FetchError(f"{shown(url)}: the robots.txt of its host asks us to leave it", url=url, kind="robots")

    def wait(self, now: float) -> float:
        """Seconds to wait before the next page; that turn is taken with it."""
        at = max(self._next, now)
        self._next = at + self._delay
        return at - now


class Robots:
    """The rules of the hosts that a run has asked for pages, each read once."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._hosts: dict[tuple[str, str], asyncio.Task[_Rules]] = {}

    async def admit(self, url: str) -> None:
        """Wait until this page may be asked for. Raises FetchError where it may not."""
        scheme, place = origin(url)
        task = self._hosts.get((scheme, place))
        if task is None:
            task = self._hosts[scheme, place] = asyncio.ensure_future(self._read(f"{scheme}://{place}/robots.txt"))
        rules = await asyncio.shield(task)  # others may wait for it when one is given up
        rules.check(url)
        if wait := rules.wait(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait)

    def close(self) -> None:
        """The run is over."""
        for task in self._hosts.values():
            task.cancel()

    async def _read(self, url: str) -> _Rules:
        from protego import Protego

        try:
            response = await self._ask(url)
        except FetchError as error:
            if _says_there_is_none(error):
                return _Rules()
            return _Rules(refusal=f"not asked, since the robots.txt of its host cannot be read ({error})")
        text = response.body[:LARGEST].decode("utf-8-sig", "replace")
        return _Rules(await asyncio.to_thread(Protego.parse, text))


def _says_there_is_none(error: FetchError) -> bool:
    """RFC 9309 2.3.1.2-3: no answer and a failing server forbid all, any other refusal nothing. A server that asks for
    a pause is one that fails."""
    if error.kind == "status":
        return error.status is not None and error.status < 500 and error.status != 429
    return error.kind == "redirects"
