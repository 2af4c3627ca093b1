"""Wires for tests: what requests go over instead of the network. All else of the core's door is as in a run."""

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
PASSING = frozenset({304, 429, *range(500, 600)})
"""What is true for a moment only, and not worth being replayed."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class AnsweringWire(Transport):
    """Every request is answered by a function of its address and headers, which may raise FetchError."""

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
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """What the function says."""
        return self._answer_to(request.url, request.headers)

    async def connect(self, host: str, port: int) -> socket.socket:
        """Other protocols cannot be replayed."""
        raise _unrecorded(host, "only answers of HTTP are recorded")


class ReplayingWire(AnsweringWire):
    """Every request is answered from recordings."""

    def __init__(self, recordings: Recordings, settings: HttpSettings, timeouts: Timeouts, user_agent: str) -> None:
        super().__init__(lambda url, headers: (recordings.replay(url, headers), None), settings, timeouts, user_agent)


class RecordingWire(Transport):
    """Every request goes over the network, and its answer is stored.

    `anew`: also where there is a recorded answer, which else is the answer.
    """

    def __init__(
        self, recordings: Recordings, anew: bool, settings: HttpSettings, timeouts: Timeouts, user_agent: str
    ) -> None:
        super().__init__(settings, timeouts, user_agent)
        self._recordings = recordings
        self._anew = anew

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """See `Transport.send`."""
        if not self._anew and self._recordings.find(request.url):
            return self._recordings.replay(request.url, request.headers), None
        response, cut = await super().send(request, slot)
        if cut is None and response.status not in PASSING:
            self._recordings.keep(request.url, request.headers, response)
        return response, cut


class LocalWire(Transport):
    """Requests go to servers of this machine only, such as a test starts itself."""

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """See `Transport.send`."""
        if urlsplit(request.url).hostname not in LOCAL:
            advice = "add the fixture `recorded` to the test, and run `pytest --record` once"
            raise _unrecorded(request.url, f"no test asks others; {advice}")
        return await super().send(request, slot)

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Transport.connect`."""
        if host not in LOCAL:
            raise _unrecorded(host, "no test connects to others")
        return await super().connect(host, port)


def _unrecorded(what: str, words: str) -> FetchError:
    return FetchError(f"{display_url(what)}: {words}", url=what, kind=FailureKind.FILE)
