"""The types of the `http` argument that plugins receive, for editors and type checkers.

The implementations are in `aggregator.http.client` and `aggregator.http.adapters`. Importing these names loads neither,
so that annotations cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket

    from aggregator.http.response import Response


class Http(Protocol):
    """What an `async` source asks through. `url`: the source's own address, or None."""

    url: str | None

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool | None = None,
    ) -> Response:
        """Ask for an address, and wait for the answer. Raises FetchError for anything but success.

        `url`: absolute, or relative to the source's own; `headers`: beside those that every request has; `params`: for
        the query of the address; `page`: it is a web page for people, which the robots.txt of its host may forbid to
        programs; `main`: whether the answer is what the source lives of, as that of its own `url` is where nothing is
        said: asked conditionally, so that the source ends here when nothing is new; one such in a run.
        """

    async def connect(self, host: str, port: int) -> socket.socket:
        """A TCP connection, for another protocol than HTTP. Raises FetchError. The caller closes it."""

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """Within, the source may wait for so long for something else than an answer, such as a program."""


class BlockingHttp(Protocol):
    """What a plain source asks through: the same as `Http`, without `await`."""

    url: str | None

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        page: bool = False,
        main: bool | None = None,
    ) -> Response:
        """See `Http.get`."""

    def connect(self, host: str, port: int) -> socket.socket:
        """See `Http.connect`; the socket blocks, for the time-out at most."""

    def waiting(self, seconds: float) -> AbstractContextManager[None]:
        """See `Http.waiting`."""
