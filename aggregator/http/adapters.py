"""Adapts the HTTP client to filters, and to plugins that run in threads."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Unpack

from aggregator.http.client import Client
from aggregator.http.coalesce import SingleFlight
from aggregator.http.protocols import RequestOptions
from aggregator.http.request_group import RequestGroup
from aggregator.http.response import Response
from aggregator.http.source_http import SourceHttp

MAX_KEPT_BYTES = 32 * 1024 * 1024
"""Bytes of response bodies that are kept for other articles with the same address."""


class FilterClient:
    """The HTTP client of the filters. It sends identical requests once: several sources often have an article.

    `group`: the list of sources whose articles are filtered, if any.
    """

    def __init__(self, client: Client, group: RequestGroup | None = None) -> None:
        self._client = client
        self._group = group
        self._requests = SingleFlight[tuple[Any, ...], Response](MAX_KEPT_BYTES, lambda response: len(response.body))

    def close(self) -> None:
        """Drop the responses, and cancel the requests in progress."""
        self._requests.close()

    def filter_http(self, on_progress: Callable[[], None]) -> FilterHttp:
        """Return the `http` object of a filter. `on_progress`: called after each request."""
        return FilterHttp(self._requests, SourceHttp(self._client, None, on_progress=on_progress, group=self._group))


class FilterHttp:
    """The `http` object of an asynchronous filter."""

    def __init__(self, requests: SingleFlight[tuple[Any, ...], Response], http: SourceHttp) -> None:
        self.url = None
        self.pending = 0
        self._requests = requests
        self._http = http

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """See `protocols.Http.get`; a filter has no main address."""
        if "main" in options:
            raise TypeError("http.get of a filter has no option `main`")
        headers, params = options.get("headers") or {}, options.get("params") or {}
        key = (url, options.get("page", False), *sorted(headers.items()), None, *sorted(params.items()))
        self.pending += 1
        try:
            return await self._requests.call(key, lambda: self._http.get(url, **options))
        finally:
            self.pending -= 1

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `SourceHttp.connect`."""
        self.pending += 1
        try:
            return await self._http.connect(host, port)
        finally:
            self.pending -= 1

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `SourceHttp.waiting`."""
        return self._http.waiting(seconds)

    @property
    def wait_deadline(self) -> float:
        """See `SourceHttp`."""
        return self._http.wait_deadline


class CrossLoopAdapter:
    """The `http` object of an asynchronous plugin whose event loop runs in a thread of its own."""

    def __init__(self, http: SourceHttp | FilterHttp, loop: asyncio.AbstractEventLoop) -> None:
        self.url = http.url
        self._http = http
        self._loop = loop

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """See `protocols.Http.get`."""
        requesting = self._http.get(url, **options)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(requesting, self._loop))

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `SourceHttp.connect`."""
        connecting = self._http.connect(host, port)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(connecting, self._loop))

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `SourceHttp.waiting`."""
        return self._http.waiting(seconds)


class BlockingAdapter:
    """The `http` object of a plain function, which runs in a thread of its own."""

    def __init__(self, http: SourceHttp | FilterHttp, loop: asyncio.AbstractEventLoop) -> None:
        self.url = http.url
        self._http = http
        self._loop = loop

    def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """See `protocols.Http.get`; blocks until the response has arrived."""
        return asyncio.run_coroutine_threadsafe(self._http.get(url, **options), self._loop).result()

    def connect(self, host: str, port: int) -> socket.socket:
        """See `SourceHttp.connect`; each call of the socket blocks for the timeout at most."""
        return asyncio.run_coroutine_threadsafe(self._http.connect(host, port), self._loop).result()

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `SourceHttp.waiting`."""
        return self._http.waiting(seconds)
