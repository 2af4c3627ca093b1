"""The door to the network: one polite, bounded, guarded HTTP client, and what a source may do with it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import url2pathname

import aiohttp
import msgspec
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from aggregator.addresses import Guard
from aggregator.errors import FetchError, NotModified
from aggregator.headers import charset, freshness, retry_after
from aggregator.settings import HttpSettings
from aggregator.text import printable
from aggregator.urls import absolute

REDIRECTS = 10
PERMANENT, TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, */*;q=0.8"
_ENCODED = re.compile(r"[\x21-\x7e]+")
CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher gave to ask "anything new?" with, verbatim (RFC 9110 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The conditional request's headers (RFC 9110 13.1)."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value}


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `url`: after redirects; `headers`: whatever their case; `complete`: False where the connection
    broke off."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True

    @property
    def text(self) -> str:
        """The body as text: in the charset of its header, else UTF-8; what cannot be decoded is replaced."""
        return self.body.decode(charset(self.headers.get("Content-Type", "")) or "utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises FetchError where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise FetchError(f"{shown(self.url)}: is no JSON ({error})", url=self.url, kind="protocol") from error


class _Target(msgspec.Struct):
    """Whom a request is for: what the guard of connections needs to know. `refused`: the address it refused, if it
    did."""

    host: str
    port: int
    proxied: bool
    refused: str | None = None


_target: ContextVar[_Target] = ContextVar("target")


class Client:
    """One HTTP session with its limits. To be used in an `async with` statement."""

    def __init__(self, settings: HttpSettings, version: str) -> None:
        self.settings = settings
        self.timeout = settings.timeout.total_seconds()
        self._guard = Guard(settings.allow_private)
        self._agent = f"aggregate/{version}" + (f" (+{settings.contact})" if settings.contact else "")
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._host_slots: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(settings.per_host)
        )

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, socket_factory=self._socket, ttl_dns_cache=300)
        self.session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate, br"},
            timeout=aiohttp.ClientTimeout(total=None),
            max_field_size=32768,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.session.close()

    def door(self, url: str | None, validators: Validators, progress: Callable[[], None]) -> Http:
        """What one source gets. `url`: its own address; `progress`: called at each sign of life."""
        return Http(self, url, validators, progress)

    @contextlib.asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn: first at the host, then among all."""
        async with self._host_slots[host], self._slots:
            yield

    def refuses(self, target: _Target) -> bool:
        """Whether a target is private by its literal address: behind a proxy nobody else could tell."""
        try:
            return not self._guard.permits(target.host, target.host, target.port)
        except ValueError:
            return target.host == "localhost" and not self._guard.permits(target.host, "127.0.0.1", target.port)

    def _socket(self, info: Any) -> socket.socket:
        """Called by aiohttp for each connection, with the address that DNS gave."""
        family, kind, protocol, _, address = info
        target = _target.get()
        if not target.proxied and not self._guard.permits(target.host, address[0], address[1]):
            target.refused = address[0]
            raise OSError("private address")
        return socket.socket(family, kind, protocol)


class Http:
    """A source's door to the network. What it learns on the way lies in its attributes afterwards.

    `validators`: to ask with next time; `moved_to`: the address a permanent redirect gave; `max_age`: seconds the
    answer stays fresh.
    """

    def __init__(self, client: Client, url: str | None, validators: Validators, progress: Callable[[], None]) -> None:
        self.url = url
        self.validators = validators
        self.moved_to: str | None = None
        self.max_age: float | None = None
        self.queueing = 0  # requests that wait for their turn
        self._client = client
        self._asked_with = validators
        self._progress = progress

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> Response:
        """Ask for an address, which may be relative to the source's own.

        The source's own address is asked conditionally; when nothing is new there, the source ends here (`NotModified`
        passes through it to the core). Raises FetchError for anything but success.
        """
        if self.url and self.url.startswith("file:"):
            return await asyncio.to_thread(self._read, urljoin(self.url, url))
        target = absolute(url, self.url)
        if target is None:
            raise FetchError(f"{shown(url)}: is no address of the web (http, https)", url=url, kind="scheme")
        own = target == self.url and not params
        if params:
            target = str(URL(target).update_query(params))
        response = await self._follow(target, dict(headers or {}) | (self._conditions() if own else {}), own)
        if own and response.complete:
            self._learn(response)
        elif own:
            self.validators = Validators()
        if response.status == 304 and own:
            raise NotModified
        return response

    def _conditions(self) -> dict[str, str]:
        safe = {name: value for name, value in self._asked_with.headers().items() if value.isprintable()}
        return {name: value for name, value in safe.items() if value.isascii()}

    def _learn(self, response: Response) -> None:
        given = Validators(
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
        )
        kept = self._asked_with if response.status == 304 else Validators()
        self.validators = Validators(
            etag=given.etag or kept.etag, last_modified=given.last_modified or kept.last_modified
        )
        self.max_age = freshness(response.headers, datetime.now(UTC))

    async def _follow(self, url: str, headers: dict[str, str], own: bool) -> Response:
        """Ask, and go where redirects lead; each step is a request like any other, guarded and counted."""
        permanent = own
        for _ in range(REDIRECTS + 1):
            response = await self._once(url, headers)
            location = response.headers.get("Location")
            if response.status not in PERMANENT | TEMPORARY or not location:
                return self._judge(response, asked=url)
            target = absolute(location, url)
            if target is None:
                reason = f"{shown(url)}: redirects to {shown(location)}, which is no address of the web"
                raise FetchError(reason, url=url, kind="scheme")
            permanent = permanent and response.status in PERMANENT
            if permanent and not (url.startswith("https:") and target.startswith("http:")):
                self.moved_to = target
            else:
                permanent = False
            if _origin(target) != _origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() not in CREDENTIALS}
            url = target
        raise FetchError(f"{shown(url)}: more than {REDIRECTS} redirects", url=url, kind="redirects")

    def _judge(self, response: Response, asked: str) -> Response:
        if 200 <= response.status < 300 or response.status == 304:
            return response
        wait = retry_after(response.headers, datetime.now(UTC))
        reason = f"{shown(asked)}: {_STATUS_ADVICE.get(response.status, _advice(response.status))}"
        if wait:
            reason += f"; it asks to wait {wait:.0f} s"
        raise FetchError(reason, url=asked, kind="status", status=response.status, retry_after=wait)

    async def _once(self, url: str, headers: Mapping[str, str]) -> Response:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        target = _Target(host, port, proxied=self._client.settings.proxy is not None)
        if target.proxied and self._client.refuses(target):
            raise _private(url, host)
        async with contextlib.AsyncExitStack() as turn:
            self.queueing += 1
            try:
                await turn.enter_async_context(self._client.slot(host))
            finally:
                self.queueing -= 1
            self._progress()
            _target.set(target)
            try:
                async with asyncio.timeout(self._client.timeout):
                    return await self._exchange(url, headers)
            except TimeoutError as error:
                reason = f"{shown(url)}: no whole answer within {self._client.timeout:g} s"
                raise FetchError(reason, url=url, kind="timeout") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                if target.refused:
                    raise _private(url, target.refused) from error
                raise _in_words(url, error) from error

    async def _exchange(self, url: str, headers: Mapping[str, str]) -> Response:
        proxy = self._client.settings.proxy
        asked = URL(url, encoded=_ENCODED.fullmatch(url) is not None)
        async with self._client.session.get(asked, headers=headers, allow_redirects=False, proxy=proxy) as answer:
            self._progress()
            body = bytearray()
            complete = True
            try:
                async for chunk in answer.content.iter_any():
                    body += chunk
                    self._progress()
                    if len(body) > self._client.settings.max_bytes:
                        raise _too_big(url, self._client.settings.max_bytes)
            except (aiohttp.ClientPayloadError, ConnectionError):
                if not body:
                    raise
                complete = False  # what arrived whole counts
            return Response(
                status=answer.status,
                url=_without_credentials(url),
                headers=CIMultiDictProxy(CIMultiDict(answer.headers)),
                body=bytes(body),
                complete=complete,
            )

    def _read(self, url: str) -> Response:
        """A file of this machine: only the source's own address, or one below it."""
        path, own = _path(url), _path(self.url or "")
        if path != own and own not in path.parents:
            raise FetchError(f"{path}: lies outside of {own}", url=url, kind="file")
        try:
            found = path.stat()
            seal = Validators(etag=f"{found.st_mtime_ns}-{found.st_size}")
            if path == own and seal == self._asked_with:
                raise NotModified
            if found.st_size > self._client.settings.max_bytes:
                raise _too_big(url, self._client.settings.max_bytes)
            body = path.read_bytes()
        except OSError as error:
            raise FetchError(f"{path}: cannot be read ({error.strerror})", url=url, kind="file") from error
        if path == own:
            self.validators = seal
        return Response(status=200, url=url, headers=CIMultiDictProxy(CIMultiDict()), body=body)


class BlockingHttp:
    """The same door for a plain function, which runs in a thread of its own."""

    def __init__(self, door: Http, loop: asyncio.AbstractEventLoop) -> None:
        self.url = door.url
        self._door = door
        self._loop = loop

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None
    ) -> Response:
        """See `Http.get`; returns when the answer is there."""
        asked = self._door.get(url, headers=headers, params=params)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()


_STATUS_ADVICE = {
    401: "HTTP 401: it wants a user and password; give them in the address (https://user:password@…)",
    403: "HTTP 403: it refuses us; a `contact` in [http] may help, or its web page has another feed",
    404: "HTTP 404: there is nothing at this address; `aggregate add SITE` finds where the feed is now",
    410: "HTTP 410: it is gone for good and will not be asked again; `aggregate remove` takes it out",
    429: "HTTP 429: it says that we ask too often",
}


def _advice(status: int) -> str:
    if status >= 500:
        return f"HTTP {status}: the server failed; it will be asked again later"
    return f"HTTP {status}: no success"


def _in_words(url: str, error: Exception) -> FetchError:
    where, cause = shown(url), error.__cause__ or error
    if isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(cause, socket.gaierror):
        return FetchError(f"{where}: its host name is not known (DNS); is it spelt right?", url=url, kind="dns")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        words = printable(str(getattr(error, "certificate_error", None) or cause))
        return FetchError(f"{where}: no trusted connection (TLS: {words})", url=url, kind="tls")
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return FetchError(f"{where}: no connection ({error.strerror or 'refused'})", url=url, kind="connect")
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return FetchError(f"{where}: the connection broke before an answer", url=url, kind="connect")
    words = printable(str(error)) or type(error).__name__
    return FetchError(f"{where}: its answer is broken ({words[:120]})", url=url, kind="protocol")


def _private(url: str, address: str) -> FetchError:
    place = urlsplit(url).netloc.rpartition("@")[2]
    reason = (
        f'{shown(url)}: is at the private address {address}; if that is meant, allow_private = ["{place}"] in [http]'
    )
    return FetchError(reason, url=url, kind="private")


def _too_big(url: str, limit: int) -> FetchError:
    reason = f"{shown(url)}: is larger than {limit / 1024 / 1024:g} MiB; `max_bytes` in [http] is the limit"
    return FetchError(reason, url=url, kind="size")


def shown(url: str) -> str:
    """An address as it may be shown: without credentials, on one line, never long."""
    text = printable(_without_credentials(url))
    return text if len(text) <= 200 else text[:199] + "…"


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, re.sub(r":(80|443)$", "", parts.netloc.rpartition("@")[2].lower())


def _path(url: str) -> Path:
    return Path(url2pathname(urlsplit(url).path))
