"""The same door to the network for those who are not on the loop that it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aggregator.answers import Response
from aggregator.fetch import Http


class DistantHttp:
    """The door of an asynchronous plugin whose loop runs in a thread of its own."""

    def __init__(self, door: Http, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool = False,
    ) -> Response:
        """See `Http.get`."""
        asked = self._door.get(url, headers=headers, params=params, page=page, main=main)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked, self._loop))


class BlockingHttp:
    """The door of a plain function, which runs in a thread of its own."""

    def __init__(self, door: Http, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool = False,
    ) -> Response:
        """See `Http.get`; returns when the answer is there."""
        asked = self._door.get(url, headers=headers, params=params, page=page, main=main)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()
