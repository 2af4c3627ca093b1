"""The `http` object of a deliver function: sends a body once, and tells what is known about its arrival.

Sources: RFC 9110 15.4.8 and 15.4.9 (307 and 308 keep method and body).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from aggregator.errors import DeliveryError, FailureKind, FetchError
from aggregator.http.client import Client
from aggregator.http.headers import percent_encoded, retry_after
from aggregator.http.origins import display_url, host_port, origin, with_credentials_of
from aggregator.http.request import HttpRequest
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import Transport
from aggregator.text.plain import printable, shorten
from aggregator.text.urls import absolute

MAX_RESPONSE = 64 * 1024
"""Bytes of a response that are read."""
EXCERPT = 120
"""Characters of a response in an error message."""
MAX_REDIRECTS = 3
TEMPORARY = frozenset({408, 425, 429})
"""Statuses below 500 after which the same request may succeed later."""
ADDRESS_STATUSES = frozenset({401, 402, 403, 404, 407, 410})
"""Statuses that concern the address or the credentials, not what was sent: it arrives once these are corrected."""


class _PostTransport(Transport):
    """Opens a connection for each request: a server may close a reused one just when the request is sent."""

    reuses_connections = False


class PostClient:
    """Sends deliveries from the threads of deliver functions; a context manager.

    `trusted`: options of outputs. A host that one of them names may have a private address, since it does not come from
    a source.
    """

    def __init__(self, settings: HttpSettings, version: str, trusted: Iterable[Any]) -> None:
        self._settings = settings
        self._version = version
        self._trusted = frozenset(_hosts(trusted))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="aggregate: deliveries")

    def __enter__(self) -> Self:
        self._thread.start()
        self._client = Client(self._settings, self._version, transport=_PostTransport)
        self._call(self._client.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        method: Literal["POST", "PUT"] = "POST",
    ) -> Response:
        """See `protocols.DeliveryHttp.post`."""
        target = absolute(url)
        if target is None:
            raise DeliveryError("the address is not a web address (http, https)", for_all=True)
        request = HttpRequest(
            url=target,
            headers={"Accept": "*/*", "Accept-Encoding": "identity", **(headers or {})},
            method=method,
            body=body,
            is_configured=host_port(target) in self._trusted,
            truncate_at=MAX_RESPONSE,
        )
        response: Response = self._call(self._send(request))
        return response

    async def _close(self) -> None:
        """Cancel the request that an interrupted run waits for, and close the client."""
        requests = asyncio.all_tasks() - {asyncio.current_task()}
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    def _call(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _send(self, request: HttpRequest) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            try:
                response, _ = await self._client.send(request)
            except FetchError as error:
                raise _failure(error, request.url) from error
            location = response.headers.get("Location")
            if response.status not in (307, 308) or not location:
                return _checked(response, request.url)
            request = _redirected(request, location)
        raise DeliveryError(f"{display_server(request.url)}: more than {MAX_REDIRECTS} redirects", for_all=True)


def _hosts(value: Any) -> Iterable[str]:
    """Yield the hosts of all addresses in option values."""
    if isinstance(value, str):
        if (url := absolute(value)) is not None:
            yield host_port(url)
    elif isinstance(value, Mapping):
        yield from _hosts(value.values())
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for one in value:
            yield from _hosts(one)


def _redirected(request: HttpRequest, location: str) -> HttpRequest:
    """The request for the target of a redirect. Raises DeliveryError if that is another server."""
    target = absolute(percent_encoded(location), request.url)
    if target is None or origin(target) != origin(request.url):
        elsewhere = display_server(target) if target else "no web address"
        words = f"redirects to {elsewhere}; if that is right, configure the address there"
        raise DeliveryError(f"{display_server(request.url)}: {words}", for_all=True)
    return msgspec.structs.replace(request, url=with_credentials_of(request.url, target))


def display_server(url: str) -> str:
    """Return the server of an address as messages show it: the rest of a webhook's address is a secret."""
    scheme, host = origin(url)
    return f"{scheme}://{host}/…"


def _shown(error: FetchError, url: str) -> str:
    return str(error).replace(display_url(url), display_server(url))


def _failure(error: FetchError, url: str) -> DeliveryError:
    """The error for a request without a response: most concern the server, and with it all deliveries."""
    for_all = not error.sent or error.kind == FailureKind.TIMEOUT
    return DeliveryError(_shown(error, url), uncertain=error.sent, for_all=for_all)


def _checked(response: Response, url: str) -> Response:
    """Return a successful response. Raises DeliveryError for any other."""
    status = response.status
    if 200 <= status < 300:
        return response
    wait = retry_after(response.headers, datetime.now(UTC))
    said = shorten(printable(response.text.strip()), EXCERPT)
    concerns_address = status < 400 or status in ADDRESS_STATUSES
    raise DeliveryError(
        f"{display_server(url)}: HTTP {status}{f': {said}' if said and not said.startswith('<') else ''}",
        permanent=status < 500 and status not in TEMPORARY and not concerns_address,
        for_all=status == 429 or concerns_address,
        retry_after=wait if status in (429, 503) else None,
    )
