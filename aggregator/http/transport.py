"""One request over the network, and its answer: bounded in size and time, guarded, decoded."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import socket
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from aggregator.errors import FetchError
from aggregator.http import failures
from aggregator.http.body_reader import patient
from aggregator.http.content_encoding import TooLargeError, decode
from aggregator.http.guard import Guard
from aggregator.http.limiter import Limits, Turn
from aggregator.http.origins import is_literal, without_credentials
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.sockets import address_of, dial, dial_through

ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, */*;q=0.8"
IDLE = 5
"""Seconds that a connection is kept for the next request to its host."""
FILES = 4096
"""Open files that a run may need: a thousand hosts are as many connections."""
LARGE = 1 << 20
"""Bytes from which on decoding leaves the event loop."""
_ENCODED = re.compile(r"[\x21-\x7e]+")


class _Target(msgspec.Struct):
    """Whom a request is for: what the guard of connections needs to know.

    `refused`: the address it refused, if it did; `found`: the host's address is known; `fresh`: a connection was made
    for this request.
    """

    host: str
    port: int
    proxied: bool
    refused: str | None = None
    found: bool = False
    fresh: bool = False


_target: ContextVar[_Target] = ContextVar("target")


class _BrokenError(aiohttp.ClientError):
    """A new connection broke before an answer: other than an old one, it is not tried again."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


async def _once_if_new(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Any]
) -> aiohttp.ClientResponse:
    """Let aiohttp ask again where a kept connection turns out to be closed, and only there (RFC 9112 9.3.1)."""
    target = _target.get()
    target.fresh = False
    try:
        response: aiohttp.ClientResponse = await handler(request)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if target.fresh and not isinstance(error, aiohttp.ClientConnectorError):
            raise _BrokenError(error) from error
        raise
    except aiohttp.ClientResponseError as error:
        if target.fresh:
            raise
        # What is left of an answer that was longer than it said is no answer to this request.
        raise aiohttp.ServerDisconnectedError from error
    return response


class Wire:
    """The connections of a run."""

    def __init__(self, settings: HttpSettings, limits: Limits, agent: str) -> None:
        self._settings = settings
        self._limits = limits
        self._agent = agent
        self._guard = Guard(settings.allow_private)

    def open(self) -> None:
        """Get ready. To be closed with `close`."""
        _allow_files()
        self._session = aiohttp.ClientSession(
            connector=patient(
                aiohttp.TCPConnector(limit=0, socket_factory=self._socket, ttl_dns_cache=300, keepalive_timeout=IDLE)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate, br"},
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect, ceil_threshold=3600),
            auto_decompress=False,
            max_field_size=32768,
            middlewares=(_once_if_new,),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    def is_public_name(self, host: str) -> bool:
        """Whether a host is a name that DNS must know, and none of the own network."""
        return not is_literal(host) and host != "localhost" and not self._guard.names(host)

    async def exchange(
        self, url: str, headers: Mapping[str, str], turn: Turn, cut_at: int | None = None
    ) -> tuple[Response, FetchError | None]:
        """Send a request whose turn it is, and wait for the answer.

        `cut_at`: bytes after which the rest is left, where that is no error. With what arrived before an answer broke
        off comes what broke it. Raises FetchError.
        """
        target = self._aim(url)
        got = _Part(most=self._settings.max_bytes if cut_at is None else cut_at, cut=cut_at is not None)
        cause: FetchError | None = None
        try:
            async with turn:
                if turn.is_hopeless:
                    raise failures.too_late(url, "not asked, since its host has stopped answering")
                await self._receive(url, headers, got, turn)
        except TimeoutError as error:
            cause = self._too_late(url, target, turn, error)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TooLargeError):
                raise failures.too_big(url, got.most) from error
            said = error.cause if isinstance(error, _BrokenError) else error
            cause = failures.private(url, target.refused) if target.refused else failures.of_exception(url, said)
            cause.__cause__ = error
        if got.is_success:
            return await self._answer(url, got, cause), cause
        if cause and not got.status:
            raise cause
        # A refusal or a redirect says all with its head.
        return Response(status=got.status, url=without_credentials(url), headers=got.headers, body=b""), None

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connection for another protocol than HTTP, whose calls then have the time-out. Raises FetchError."""
        proxy = self._settings.proxy
        if proxy is None:
            connection = await dial(host, port, self._limits.connect, self._guard)
        elif self._refuses(_Target(host, port, proxied=True)):
            raise failures.private(address_of(host, port), host)
        else:
            connection = await dial_through(proxy, host, port, self._limits.connect)
        connection.settimeout(self._limits.whole)
        return connection

    def _aim(self, url: str) -> _Target:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        target = _Target(host, port, proxied=self._settings.proxy is not None)
        if target.proxied and self._refuses(target):
            raise failures.private(url, host)
        _target.set(target)
        return target

    async def _receive(self, url: str, headers: Mapping[str, str], got: _Part, turn: Turn) -> None:
        if any(name.lower() == "authorization" for name in headers):
            url = without_credentials(url)  # aiohttp takes one of both
        asked = URL(url, encoded=_ENCODED.fullmatch(url) is not None)
        proxy = self._settings.proxy
        async with self._session.get(asked, headers=headers, allow_redirects=False, proxy=proxy) as answer:
            turn.hears()
            got.status, got.headers = answer.status, answer.headers
            while chunk := await answer.content.readany():
                turn.hears()
                got.body += chunk
                if len(got.body) > got.most:
                    if got.cut or not got.is_success:
                        return
                    raise TooLargeError

    def _too_late(self, url: str, target: _Target, turn: Turn, error: TimeoutError) -> FetchError:
        if turn.verdict:
            cause = failures.too_late(url, turn.verdict)
        else:
            turn.finds_no_way()
            cause = failures.no_way(url, self._limits.connect, known=target.found or target.proxied)
        cause.__cause__ = error
        return cause

    async def _answer(self, url: str, got: _Part, cause: FetchError | None) -> Response:
        if cause and not got.body:
            raise cause
        body, whole, most = bytes(got.body), cause is None, got.most
        if encodings := got.headers.getall("Content-Encoding", ()):
            try:
                if len(body) < LARGE:
                    body, unbroken = decode(body, encodings, most)
                else:
                    body, unbroken = await asyncio.to_thread(decode, body, encodings, most)
            except TooLargeError as error:
                raise failures.too_big(url, most) from error
            except ValueError as error:
                raise cause or failures.undecodable(url, error) from error
            whole = whole and unbroken
        return Response(status=got.status, url=without_credentials(url), headers=got.headers, body=body, complete=whole)

    def _refuses(self, target: _Target) -> bool:
        """Whether a target is private by its literal address: behind a proxy nobody else could tell."""
        try:
            return not self._guard.permits(target.host, target.host, target.port)
        except ValueError:
            return target.host == "localhost" and not self._guard.permits(target.host, "127.0.0.1", target.port)

    def _socket(self, info: Any) -> socket.socket:
        """Called by aiohttp for each connection, with the address that DNS gave."""
        family, kind, protocol, _, address = info
        target = _target.get()
        target.found = target.fresh = True
        if not target.proxied and not self._guard.permits(target.host, address[0], address[1]):
            target.refused = address[0]
            raise OSError("private address")
        return socket.socket(family, kind, protocol)


MakeWire = Callable[[HttpSettings, Limits, str], Wire]


class _Part(msgspec.Struct):
    """What has arrived of an answer. `most`: bytes it may have; `cut`: the rest is left then, which is no error."""

    most: int
    cut: bool
    status: int = 0
    headers: Any = None
    body: bytearray = msgspec.field(default_factory=bytearray)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def _allow_files() -> None:
    """Raise the limit of open files as far as is needed, where that may be done."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
