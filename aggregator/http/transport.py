"""Sends one HTTP request over the network and reads its response: guarded, decoded, limited in size and time."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import resource
import socket
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractStreamWriter
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from aggregator.errors import FetchError
from aggregator.http import failures
from aggregator.http.content_encoding import Decoded, TooLargeError, decode
from aggregator.http.guard import Guard
from aggregator.http.lenient_protocol import LenientProtocol
from aggregator.http.limiter import Slot, Timeouts
from aggregator.http.memory_budget import LARGE_BODY
from aggregator.http.origins import basic_authorization, host_and_port, is_ip_address, without_credentials
from aggregator.http.permits import StillPermitted
from aggregator.http.request import HttpRequest
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import open_connection, open_proxy_connection, resolvable_host, tcp_url

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, */*;q=0.8"
KEEPALIVE_SECONDS = 5
"""How long an idle connection is kept for the next request to its host."""
DNS_CACHE_SECONDS = 300
MAX_HEADER_BYTES = 32768
DELIVERY_SECONDS = 10
"""Seconds in which the network must deliver a request that needs a permit. Without a limit, one that was sent before a
cable was cut arrives when it is repaired, when another process may have the permit."""
OPEN_FILES = 4096
"""Open files that a run may need: a thousand hosts need as many connections."""
_ENCODED = re.compile(r"[\x21-\x7e]+")


class Transport:
    """The network connections of a run. `skips_silent_hosts`: whether a host that has stopped responding gets no more
    requests; `reuses_connections`: whether requests to one host share connections."""

    skips_silent_hosts = True
    reuses_connections = True

    def __init__(self, settings: HttpSettings, timeouts: Timeouts, user_agent: str) -> None:
        self._settings = settings
        self._timeouts = timeouts
        self._user_agent = user_agent
        self._guard = Guard(settings.allow_private)

    def open(self) -> None:
        """Create the session; must be followed by `close`."""
        _raise_open_files_limit()
        connector = aiohttp.TCPConnector(
            limit=0,
            socket_factory=self._create_socket,
            ttl_dns_cache=DNS_CACHE_SECONDS,
            **{"keepalive_timeout": KEEPALIVE_SECONDS} if self.reuses_connections else {"force_close": True},
        )
        connector._factory = partial[ResponseHandler](LenientProtocol, loop=asyncio.get_running_loop())  # type: ignore[assignment]
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate, br"},
            timeout=aiohttp.ClientTimeout(total=None, connect=self._timeouts.connect, ceil_threshold=3600),
            auto_decompress=False,
            max_field_size=MAX_HEADER_BYTES,
            middlewares=(_retry_on_reused_connection,),
            request_class=_Request,
            response_class=_Response,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def is_public_name(self, host: str) -> bool:
        """Return whether a host is a name in the public DNS, not one that `allow_private` lists."""
        return not is_ip_address(host) and host != "localhost" and not self._guard.allows_name(host)

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """Send a request that has acquired its slot, and return the response.

        The FetchError is what truncated the body, if anything did. Raises FetchError if there is no usable response.
        """
        target = self._set_target(request)
        received = _Received(
            max_bytes=self._settings.max_bytes if request.truncate_at is None else request.truncate_at,
            may_truncate=request.truncate_at is not None,
        )
        error: FetchError | None = None
        try:
            async with slot:
                if self.skips_silent_hosts and slot.host_is_unresponsive:
                    raise failures.timed_out(request.url, "not requested, since the host has stopped responding")
                await self._receive(request, received, slot)
        except TimeoutError as cause:
            error = self._timeout_error(request.url, target, slot)
            error.__cause__ = cause
        except TooLargeError as cause:
            raise failures.too_large(request.url, received.max_bytes) from cause
        except (aiohttp.ClientError, OSError, ValueError) as cause:
            error = _request_error(request.url, target, cause)
            error.__cause__ = cause
        if error and request.body is not None:
            error.sent = target.body_sent
        if request.body is not None and received.status:  # the status is sufficient, the body explains an error
            return self._answer(request, received), None
        if received.is_success:
            return await self._response(request, received, error, slot), error
        if error and not received.status:
            raise error
        # The head of an error or a redirect is sufficient.
        received.body.clear()
        return self._answer(request, received), None

    def _answer(self, request: HttpRequest, received: _Received) -> Response:
        """The response to a delivery, an error or a redirect, with its body as it was received."""
        url, body = without_credentials(request.url), bytes(received.body)
        return Response(status=received.status, url=url, headers=received.headers, body=body)

    async def connect(self, host: str, port: int) -> socket.socket:
        """Open a connection for another protocol than HTTP; its calls have the total timeout. Raises FetchError."""
        proxy, host = self._settings.proxy, resolvable_host(tcp_url(host, port), host)
        if proxy is None:
            connection = await open_connection(host, port, self._timeouts.connect, self._guard)
        elif self._is_private_literal(host, port):
            raise failures.private_address(tcp_url(host, port), host)
        else:
            connection = await open_proxy_connection(proxy, host, port, self._timeouts.connect)
        connection.settimeout(self._timeouts.total)
        return connection

    def _set_target(self, request: HttpRequest) -> _Target:
        """Tell `_create_socket` what the request is for.

        Raises FetchError for an invalid host name, and for a private address behind a proxy.
        """
        url = request.url
        written_host, port = host_and_port(url)
        host = resolvable_host(url, written_host)
        target = _Target(
            host,
            port,
            proxied=self._settings.proxy is not None,
            is_trusted=request.is_configured,
            still_permitted=request.still_permitted,
        )
        if target.proxied and not target.is_trusted and self._is_private_literal(host, port):
            raise failures.private_address(url, host)
        _target.set(target)
        return target

    async def _receive(self, request: HttpRequest, received: _Received, slot: Slot) -> None:
        url = without_credentials(request.url)
        encoded_url = URL(url, encoded=_ENCODED.fullmatch(url) is not None)
        headers = dict(request.headers)
        # aiohttp would send the credentials of an address as Latin-1, whatever octets it states.
        if not request.has_header("authorization") and (authorization := basic_authorization(request.url)):
            headers["Authorization"] = authorization
        options = self._proxy_options(headers, encoded_url)
        if request.body is not None:
            options["data"] = _Body(request.body, _target.get())
        sending = self._session.request(request.method, encoded_url, headers=headers, allow_redirects=False, **options)
        async with sending as response:
            slot.data_received()
            received.status, received.headers = response.status, response.headers
            while chunk := await response.content.readany():
                slot.data_received()
                received.body += chunk
                if request.is_main and len(received.body) > LARGE_BODY:
                    await slot.permit_large_body()
                if len(received.body) > received.max_bytes:
                    if received.is_success and not received.may_truncate:
                        raise TooLargeError
                    del received.body[received.max_bytes :]
                    return

    def _proxy_options(self, headers: dict[str, str], url: URL) -> dict[str, Any]:
        """Return the options of aiohttp for the proxy, whose credentials are added to the headers of a request by http.

        For https, they belong to the request for the tunnel.
        """
        proxy = self._settings.proxy
        if proxy is None:
            return {}
        credentials = {}
        if authorization := basic_authorization(proxy):
            credentials["Proxy-Authorization"] = authorization
        options: dict[str, Any] = {"proxy": without_credentials(proxy)}
        if url.scheme == "http":
            headers |= credentials
            return options
        # aiohttp would have the Unicode form of the host verified, by IDNA 2003.
        return {**options, "proxy_headers": credentials, "server_hostname": url.raw_host}

    def _timeout_error(self, url: str, target: _Target, slot: Slot) -> FetchError:
        if slot.timeout_reason:
            return failures.timed_out(url, slot.timeout_reason)
        slot.connect_timed_out()
        return failures.connect_timed_out(url, self._timeouts.connect, resolved=target.resolved or target.proxied)

    async def _response(
        self, request: HttpRequest, received: _Received, error: FetchError | None, slot: Slot
    ) -> Response:
        """Decode the body. `error`: what truncated it, raised if nothing arrived before."""
        if error and not received.body:
            raise error
        url, complete, max_bytes = request.url, error is None, received.max_bytes
        body, received.body = bytes(received.body), bytearray()
        if encodings := received.headers.getall("Content-Encoding", []):
            try:
                body, decoded_all = await self._decode(body, encodings, max_bytes, slot if request.is_main else None)
            except TooLargeError as cause:
                raise failures.too_large(url, max_bytes) from cause
            except ValueError as cause:
                raise error or failures.undecodable(url, cause) from cause
            complete = complete and decoded_all
        url = without_credentials(url)
        return Response(status=received.status, url=url, headers=received.headers, body=body, complete=complete)

    async def _decode(self, body: bytes, encodings: list[str], max_bytes: int, slot: Slot | None) -> Decoded:
        """Decode a body, and wait before it becomes large. `slot`: of a request that such bodies are limited for."""
        small = LARGE_BODY if slot else max_bytes
        try:
            if len(body) < LARGE_BODY:
                return decode(body, encodings, min(small, max_bytes))
        except TooLargeError:
            if slot is None or max_bytes <= small:
                raise
        if slot:
            await slot.permit_large_body()
        return await asyncio.to_thread(decode, body, encodings, max_bytes)

    def _is_private_literal(self, host: str, port: int) -> bool:
        """Whether a host is a private IP address or localhost: behind a proxy, its real address is not visible."""
        try:
            return not self._guard.permits(host, host, port)
        except ValueError:
            return host.removesuffix(".") == "localhost" and not self._guard.permits(host, "127.0.0.1", port)

    def _create_socket(self, info: Any) -> socket.socket:
        """Called by aiohttp for each connection, with an address from DNS. Raises OSError for a private one."""
        family, kind, protocol, _, address = info
        target = _target.get()
        target.resolved = target.has_new_connection = True
        if not (target.proxied or target.is_trusted) and not self._guard.permits(target.host, address[0], address[1]):
            target.refused_address = address[0]
            raise OSError("private address")
        connection = socket.socket(family, kind, protocol)
        if target.still_permitted and hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DELIVERY_SECONDS * 1000)
        return connection


TransportFactory = Callable[[HttpSettings, Timeouts, str], Transport]


class _Target(msgspec.Struct):
    """The server of the current request, for `_create_socket`.

    `refused_address`: a private address that the guard refused; `resolved`: the host name was resolved;
    `has_new_connection`: the request has opened a connection instead of reusing one; `is_trusted`: it may be private;
    `body_sent`: the complete body of the request was sent.
    """

    host: str
    port: int
    proxied: bool
    refused_address: str | None = None
    resolved: bool = False
    has_new_connection: bool = False
    is_trusted: bool = False
    still_permitted: StillPermitted | None = None
    body_sent: bool = False


class _Body(aiohttp.BytesIOPayload):
    """The body of a request, which records that it was sent."""

    def __init__(self, body: bytes, target: _Target) -> None:
        super().__init__(io.BytesIO(body))
        self._target = target

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        await super().write_with_length(writer, content_length)
        self._target.body_sent = True


class _Request(aiohttp.ClientRequest):
    """A request that is written only if it is still permitted: connecting may have taken long, or the process have been
    stopped meanwhile."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        if still_permitted := _target.get().still_permitted:
            still_permitted()
        return await super().send(conn)


class _Response(aiohttp.ClientResponse):
    """A response whose connection is closed if the request announced that (RFC 9112 9.6): aiohttp would reuse it."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        if self.request_info.headers.get("Connection") == "close" and connection.protocol is not None:
            connection.protocol.force_close()
        return await super().start(connection)


_target: ContextVar[_Target] = ContextVar("target")


class _Received(msgspec.Struct):
    """The part of a response that has arrived. `may_truncate`: exceeding `max_bytes` is not an error."""

    max_bytes: int
    may_truncate: bool
    status: int = 0
    headers: Any = None
    body: bytearray = msgspec.field(default_factory=bytearray)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class _NewConnectionError(aiohttp.ClientError):
    """A new connection broke before a response. aiohttp retries only after errors of its own."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


async def _retry_on_reused_connection(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Any]
) -> aiohttp.ClientResponse:
    """Let aiohttp retry if a reused connection turns out to be closed, and only then (RFC 9112 9.3.1)."""
    target = _target.get()
    target.has_new_connection = False
    try:
        response: aiohttp.ClientResponse = await handler(request)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if target.has_new_connection and not isinstance(error, aiohttp.ClientConnectorError):
            raise _NewConnectionError(error) from error
        raise
    except aiohttp.ClientResponseError as error:
        if target.has_new_connection:
            raise
        # The surplus bytes of an earlier response on this connection, not a response to this request.
        raise aiohttp.ServerDisconnectedError from error
    return response


def _request_error(url: str, target: _Target, error: Exception) -> FetchError:
    if target.refused_address:
        return failures.private_address(url, target.refused_address)
    return failures.from_exception(url, error.cause if isinstance(error, _NewConnectionError) else error)


def _raise_open_files_limit() -> None:
    """Raise the limit of open files as far as needed and permitted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
