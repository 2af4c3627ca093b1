"""Detects that the machine has no network, from the requests of a run: then no source is to blame."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from aggregator.errors import FailureKind, FetchError

T = TypeVar("T")

OFFLINE_KINDS = frozenset({FailureKind.DNS, FailureKind.UNREACHABLE})
NOT_SENT_KINDS = frozenset({FailureKind.PRIVATE, FailureKind.SCHEME})
"""Failures of requests that are not sent, which tell nothing about the network."""
"""The kinds of failure that every host causes on a machine without a network."""
SUSPECT_AFTER = 8
"""Hosts that failed this way, while no other was reached, before further requests wait for the outcome."""


class Connectivity:
    """Observes the requests of one run, by host; those to literal or private addresses do not count.

    `is_up`: some public host was reached.
    """

    def __init__(self) -> None:
        self.is_up = False
        self._unreached: dict[str, FetchError] = {}
        self._in_progress = 0
        self._decided = asyncio.Event()

    @property
    def is_down(self) -> bool:
        """Whether at least two hosts were not reached, and no other was."""
        return not self.is_up and len(self._unreached) >= 2

    def error(self, url: str) -> FetchError:
        """Return the error that states that there is no network."""
        first = next(iter(self._unreached.values()))
        reason = f"no network: none of {len(self._unreached)} hosts can be reached ({first})"
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
            self.is_up = True
            return result
        except FetchError as error:
            if error.kind in OFFLINE_KINDS:
                self._unreached.setdefault(host, error)
            elif error.kind not in NOT_SENT_KINDS:
                self.is_up = True
            raise
        finally:
            self._in_progress -= 1
            if self.is_up or (self._is_suspect and not self._in_progress):
                self._decided.set()

    @property
    def _is_suspect(self) -> bool:
        return not self.is_up and len(self._unreached) >= SUSPECT_AFTER

    async def _wait_while_suspect(self, url: str) -> None:
        """Wait until the requests in progress have decided. Raises FetchError if there is no network."""
        while self._is_suspect:
            if not self._in_progress:
                raise self.error(url)
            await self._decided.wait()
