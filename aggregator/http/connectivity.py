"""Is there a network at all? Told from the requests of a run: where none finds a way, no source is to blame."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aggregator.errors import FetchError

T = TypeVar("T")

LOST = frozenset({"dns", "unreachable"})
"""Kinds of failure that a machine without a network has with every host."""
DOUBTFUL = 8
"""Hosts that failed so, and none that did not, after which no more are asked until it is known."""


class Network:
    """What the requests of one run say. They count by host; those to literal or private addresses do not count.

    `reached`: some host out there was found.
    """

    def __init__(self) -> None:
        self.reached = False
        self._lost: dict[str, FetchError] = {}
        self._tried = 0
        self._known = asyncio.Event()

    @property
    def is_down(self) -> bool:
        """Whether two hosts at least were not found, and no other was."""
        return not self.reached and len(self._lost) >= 2

    def error(self, url: str) -> FetchError:
        """The one line that says so."""
        first = next(iter(self._lost.values()))
        count = len(self._lost)
        return FetchError(f"no network: none of {count} hosts can be found ({first})", url=url, kind="offline")

    async def judge(self, url: str, host: str, request: Coroutine[Any, Any, T]) -> T:
        """Make this request, and learn from it. Raises FetchError where there is no network, and what it raises."""
        try:
            await self._be_sure(url)
        except BaseException:
            request.close()
            raise
        self._tried += 1
        try:
            found = await request
            self.reached = True
            return found
        except FetchError as error:
            if error.kind in LOST:
                self._lost.setdefault(host, error)
            elif error.kind != "private":
                self.reached = True
            raise
        finally:
            self._tried -= 1
            if self.reached or (self._in_doubt and not self._tried):
                self._known.set()

    @property
    def _in_doubt(self) -> bool:
        return not self.reached and len(self._lost) >= DOUBTFUL

    async def _be_sure(self, url: str) -> None:
        """Wait as long as it is in doubt. Raises FetchError where there is none."""
        while self._in_doubt:
            if not self._tried:
                raise self.error(url)
            await self._known.wait()
