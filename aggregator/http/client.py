"""The HTTP client shared by all sources of a run: it limits, delays and sends their requests."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec

from aggregator.errors import AggregateError, FetchError
from aggregator.http import failures
from aggregator.http.connectivity import Connectivity, Reachability
from aggregator.http.headers import retry_after
from aggregator.http.limiter import ConcurrencyLimiter, Slot, Timeouts
from aggregator.http.memory_budget import MemoryBudget, memory_cost
from aggregator.http.origins import host_of, host_port
from aggregator.http.permits import HostPermits, StillPermitted
from aggregator.http.request import HttpRequest
from aggregator.http.request_group import RequestGroup
from aggregator.http.response import Response, Validators
from aggregator.http.retry_after import STATUSES, RetryAfterRules
from aggregator.http.robots import Robots
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import tcp_url
from aggregator.http.transport import Transport, TransportFactory


class Client:
    """Sends the requests of all sources, within the limits of `[http]`; an asynchronous context manager.

    `retry_after`: the rules of earlier runs; `transport`: makes what sends the requests, another one in tests;
    `permits`: asked before each request, where other processes send requests to the same hosts.
    """

    def __init__(
        self,
        settings: HttpSettings,
        version: str,
        retry_after: RetryAfterRules | None = None,
        *,
        transport: TransportFactory = Transport,
        permits: HostPermits | None = None,
    ) -> None:
        self.settings = settings
        self.timeout = settings.timeout.total_seconds()
        self.retry_after = RetryAfterRules(level=settings.hold) if retry_after is None else retry_after
        self.robots = Robots()
        self.unprocessed = MemoryBudget()
        self._reachability = Reachability()
        self.ungrouped = self.group(())
        self._permits = permits
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
        self.robots.close()
        await self._transport.close()

    def group(self, sources: Iterable[tuple[str | None, Validators]]) -> RequestGroup:
        """Return the group for the requests of these sources: the address of each, with its validators.

        An address that several of them have is then requested once, and the last expected request to a host closes its
        connection. The caller closes the group.
        """
        return RequestGroup(sources, Connectivity(self._reachability))

    async def send(self, request: HttpRequest, group: RequestGroup | None = None) -> tuple[Response, FetchError | None]:
        """Send one request, without redirects, as soon as the limits permit; see `Transport.send`.

        After a main request, the caller must release `unprocessed`. Raises FetchError, also if the request must not be
        sent.
        """
        group = group or self.ungrouped
        server = host_port(request.url)
        slot = self._limiter.slot(server, group.started)
        await slot.acquire()
        try:
            if request.is_main and group.count_main_request(server):
                request = msgspec.structs.replace(request, headers={**request.headers, "Connection": "close"})
            self._check_retry_after(request.url)
            host = host_of(request.url)
            sending = self._send(request, slot)
            is_public = self._transport.is_public_name(host)
            result = await (group.connectivity.observe(request.url, host, sending) if is_public else sending)
            if request.is_main:
                await self.unprocessed.acquire(memory_cost(result[0].body))
            return result
        finally:
            slot.release()

    async def connect(self, host: str, port: int, group: RequestGroup | None = None) -> socket.socket:
        """Open a TCP connection; see `SourceHttp.connect`."""
        url = tcp_url(host, port)
        connecting = self._connect(url, host, port)
        if not self._transport.is_public_name(host):
            return await connecting
        return await (group or self.ungrouped).connectivity.observe(url, host, connecting)

    async def _send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        if self._permits is None:
            return await self._transmit(request, slot)
        async with _permitted(self._permits, request.url) as still_permitted:
            self._check_retry_after(request.url)  # with the permit, rules of other processes may have arrived
            request = msgspec.structs.replace(request, still_permitted=still_permitted)
            return await self._transmit(request, slot)

    async def _transmit(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """Send a request that nothing delays any more, and update the Retry-After rules."""
        response, error = await self._transport.send(request, slot)
        if request.body is None:  # those of deliveries belong to their output
            if 200 <= response.status < 300 or response.status == 304:
                self.retry_after.remove_expired(request.url)
            elif response.status in STATUSES:
                self.retry_after.add(request.url, retry_after(response.headers, datetime.now(UTC)))
        return response, error

    async def _connect(self, url: str, host: str, port: int) -> socket.socket:
        if self._permits is None:
            return await self._transport.connect(host, port)
        async with _permitted(self._permits, url) as still_permitted:
            connection = await self._transport.connect(host, port)
            if still_permitted:
                try:
                    still_permitted()
                except AggregateError:
                    connection.close()
                    raise
            return connection

    def _check_retry_after(self, url: str) -> None:
        if wait := self.retry_after.remaining(url):
            raise failures.held(url, wait)


@asynccontextmanager
async def _permitted(permits: HostPermits, url: str) -> AsyncIterator[StillPermitted | None]:
    """Hold the permit for a request within the context. Raises FetchError, of kind "postponed" if there is none."""
    try:
        async with permits.permit(url) as still_permitted:
            yield still_permitted
    except FetchError:
        raise
    except AggregateError as error:
        raise failures.postponed(url, str(error)) from error
