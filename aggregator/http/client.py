"""The HTTP client shared by all sources of a run: it limits, delays and sends their requests."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import msgspec

from aggregator.errors import FetchError
from aggregator.http import failures
from aggregator.http.coalesce import SharedAddresses
from aggregator.http.connectivity import Connectivity
from aggregator.http.limiter import ConcurrencyLimiter, Timeouts
from aggregator.http.memory_budget import MemoryBudget, memory_cost
from aggregator.http.origins import host_port
from aggregator.http.request import HttpRequest
from aggregator.http.response import Response, Validators
from aggregator.http.retry_after import RetryAfterRules
from aggregator.http.robots import Robots
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import tcp_url
from aggregator.http.transport import Transport, TransportFactory
from aggregator.text.urls import absolute


class Client:
    """Sends the requests of all sources, within the limits of `[http]`; an asynchronous context manager.

    `retry_after`: the rules of earlier runs; `transport`: makes what sends the requests, another one in tests.
    """

    def __init__(
        self,
        settings: HttpSettings,
        version: str,
        retry_after: RetryAfterRules | None = None,
        *,
        transport: TransportFactory = Transport,
    ) -> None:
        self.settings = settings
        self.timeout = settings.timeout.total_seconds()
        self.retry_after = RetryAfterRules(level=settings.hold) if retry_after is None else retry_after
        self.connectivity = Connectivity()
        self.robots = Robots()
        self.shared_addresses = SharedAddresses()
        self.unprocessed = MemoryBudget()
        self._expected_requests: Counter[str] = Counter()
        timeouts = Timeouts.from_total(self.timeout)
        self._limiter = ConcurrencyLimiter(settings.concurrency, settings.per_host, timeouts)
        user_agent = f"aggregate/{version}" + (f" (+{settings.contact})" if settings.contact else "")
        self._transport = transport(settings, timeouts, user_agent)

    async def __aenter__(self) -> Self:
        self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shared_addresses.close()
        self.robots.close()
        await self._transport.close()

    def expect(self, sources: Iterable[tuple[str | None, Validators]]) -> None:
        """Announce the addresses of all sources in this run, with their validators.

        An address that several sources have is then requested once, and the last expected request to a host closes its
        connection.
        """
        addresses = [(target, validators) for url, validators in sources if url and (target := absolute(url))]
        self.shared_addresses = SharedAddresses(addresses)
        self._expected_requests = Counter(host_port(url) for url, _ in addresses)

    async def send(self, request: HttpRequest) -> tuple[Response, FetchError | None]:
        """Send one request, without redirects, as soon as the limits permit; see `Transport.send`.

        After a main request, the caller must release `unprocessed`. Raises FetchError, also if the request must not be
        sent.
        """
        url = request.url
        server = host_port(url)
        slot = self._limiter.slot(server)
        await slot.acquire()
        try:
            if request.is_main:
                self._expected_requests[server] -= 1
                if self._expected_requests[server] <= 0:
                    request = msgspec.structs.replace(request, headers={**request.headers, "Connection": "close"})
            if wait := self.retry_after.remaining(url):
                raise failures.held(url, wait)
            sending = self._transport.send(request, slot)
            host = urlsplit(url).hostname or ""
            is_public = self._transport.is_public_name(host)
            result = await (self.connectivity.observe(url, host, sending) if is_public else sending)
            if request.is_main:
                await self.unprocessed.acquire(memory_cost(result[0].body))
            return result
        finally:
            slot.release()

    async def connect(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection; see `SourceHttp.connect`."""
        connecting = self._transport.connect(host, port)
        if not self._transport.is_public_name(host):
            return await connecting
        return await self.connectivity.observe(tcp_url(host, port), host, connecting)
