"""HTTP transports for tests, which replace the network; the rest of the HTTP client works as in a run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aggregator.errors import FailureKind, FetchError
from aggregator.http.limiter import Slot, Timeouts
from aggregator.http.origins import display_url
from aggregator.http.request import HttpRequest
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import Transport
from aggregator.testing.recordings import Recordings

Answer = tuple[Response, FetchError | None]
TRANSIENT = frozenset({304, 429, *range(500, 600)})
"""Statuses that are not recorded, since they depend on the moment."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class AnsweringWire(Transport):
    """Answers every request with the result of a function of its URL and headers, which may raise FetchError."""

    def __init__(
        self,
        answer: Callable[[str, Mapping[str, str]], Answer],
        settings: HttpSettings,
        timeouts: Timeouts,
        user_agent: str,
    ) -> None:
        super().__init__(settings, timeouts, user_agent)
        self._answer_to = answer

    def open(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """Return the result of the function."""
        return self._answer_to(request.url, request.headers)

    async def connect(self, host: str, port: int) -> socket.socket:
        """Raises FetchError: only HTTP can be replayed."""
        raise _unrecorded(host, "only HTTP answers are recorded")


class ReplayingWire(AnsweringWire):
    """Answers every request from recordings."""

    def __init__(self, recordings: Recordings, settings: HttpSettings, timeouts: Timeouts, user_agent: str) -> None:
        super().__init__(lambda url, headers: (recordings.replay(url, headers), None), settings, timeouts, user_agent)


class RecordingWire(Transport):
    """Sends requests over the network, and records their answers.

    `overwrite`: also requests that have a recorded answer, which is otherwise replayed.
    """

    def __init__(
        self, recordings: Recordings, overwrite: bool, settings: HttpSettings, timeouts: Timeouts, user_agent: str
    ) -> None:
        super().__init__(settings, timeouts, user_agent)
        self._recordings = recordings
        self._overwrite = overwrite

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """See `Transport.send`."""
        if not self._overwrite and self._recordings.find(request.url):
            return self._recordings.replay(request.url, request.headers), None
        response, cut = await super().send(request, slot)
        if cut is None and response.status not in TRANSIENT:
            self._recordings.keep(request.url, request.headers, response)
        return response, cut


class LocalWire(Transport):
    """Sends requests only to servers of this machine, such as a test starts."""

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """See `Transport.send`."""
        if urlsplit(request.url).hostname not in LOOPBACK:
            advice = "add the fixture `recorded` to the test, and run `pytest --record` once"
            raise _unrecorded(request.url, f"tests send no requests to other machines; {advice}")
        return await super().send(request, slot)

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Transport.connect`."""
        if host not in LOOPBACK:
            raise _unrecorded(host, "tests connect to no other machines")
        return await super().connect(host, port)


def _unrecorded(target: str, reason: str) -> FetchError:
    return FetchError(f"{display_url(target)}: {reason}", url=target, kind=FailureKind.FILE)
