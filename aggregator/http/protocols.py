"""The types of the `http` argument that plugins receive, for editors and type checkers.

The implementations are in `aggregator.http.source_http` and `aggregator.http.adapters`. Importing these names loads
neither, so that annotations cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, Unpack

if TYPE_CHECKING:
    import socket

    from aggregator.http.response import Response


class RequestOptions(TypedDict, total=False):
    """The keyword options of `http.get`; each may be omitted."""

    headers: Mapping[str, str] | None
    """Request headers in addition to the default ones."""
    params: Mapping[str, str] | None
    """Parameters that are added to the query of the address."""
    page: bool
    """True for a web page made for people, which the robots.txt of its host may disallow."""
    main: bool | None
    """Whether this is the address that the source depends on. It is requested conditionally, and the source ends at
    this call if it has not changed; only one such request in a run. None: True for the source's own `url`, and
    for its only request of that with `params`."""


class Http(Protocol):
    """The HTTP client of an `async` source or filter. `url`: the source's own address, or None."""

    url: str | None

    async def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """Send a GET request and return the response. Raises FetchError unless it succeeds.

        `url`: absolute, or relative to the source's own. The options: `headers`, `params`, `page` and `main`, see
        `RequestOptions`.
        """

    async def connect(self, host: str, port: int) -> socket.socket:
        """Open a TCP connection, for another protocol than HTTP. Raises FetchError. The caller closes it."""

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """Extend the timeout of the source inside the context, while it waits for something else, such as a program."""


class BlockingHttp(Protocol):
    """The HTTP client of a source that is a plain function: `Http` without `await`."""

    url: str | None

    def get(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """See `Http.get`."""

    def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`; each call of the socket blocks for the timeout at most."""

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `Http.waiting`."""


class DeliveryHttp(Protocol):
    """The HTTP client of a deliver function."""

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        method: Literal["POST", "PUT"] = "POST",
    ) -> Response:
        """Send a body and return the response, whose own body is at most 64 KiB long.

        Raises DeliveryError unless it succeeds: permanent if the server does not accept the body (HTTP 400, 413),
        uncertain if the connection broke after the body had been sent.
        """
