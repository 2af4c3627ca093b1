"""Wires for tests: what requests go over instead of the network. All else of the core's door is as in a run."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aggregator.errors import FetchError
from aggregator.http.limiter import Limits, Turn
from aggregator.http.origins import shown
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import Wire
from aggregator.testing.recordings import Recordings

Answer = tuple[Response, FetchError | None]
PASSING = frozenset({304, 429, *range(500, 600)})
"""What is true for a moment only, and not worth being replayed."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class AnsweringWire(Wire):
    """Every request is answered by a function of its address and headers, which may raise FetchError."""

    def __init__(
        self, answer: Callable[[str, Mapping[str, str]], Answer], settings: HttpSettings, limits: Limits, agent: str
    ) -> None:
        super().__init__(settings, limits, agent)
        self._answer_to = answer

    def open(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def exchange(
        self, url: str, headers: Mapping[str, str], turn: Turn, cut_at: int | None = None
    ) -> tuple[Response, FetchError | None]:
        """What the function says."""
        return self._answer_to(url, headers)

    async def connect(self, host: str, port: int) -> socket.socket:
        """Other protocols cannot be replayed."""
        raise _unrecorded(host, "only answers of HTTP are recorded")


class ReplayingWire(AnsweringWire):
    """Every request is answered from recordings."""

    def __init__(self, recordings: Recordings, settings: HttpSettings, limits: Limits, agent: str) -> None:
        super().__init__(lambda url, headers: (recordings.replay(url, headers), None), settings, limits, agent)


class RecordingWire(Wire):
    """Every request goes over the network, and its answer is stored.

    `anew`: also where there is a recorded answer, which else is the answer.
    """

    def __init__(self, recordings: Recordings, anew: bool, settings: HttpSettings, limits: Limits, agent: str) -> None:
        super().__init__(settings, limits, agent)
        self._recordings = recordings
        self._anew = anew

    async def exchange(
        self, url: str, headers: Mapping[str, str], turn: Turn, cut_at: int | None = None
    ) -> tuple[Response, FetchError | None]:
        """See `Wire.exchange`."""
        if not self._anew and self._recordings.find(url):
            return self._recordings.replay(url, headers), None
        response, cut = await super().exchange(url, headers, turn, cut_at)
        if cut is None and response.status not in PASSING:
            self._recordings.keep(url, headers, response)
        return response, cut


class LocalWire(Wire):
    """Requests go to servers of this machine only, such as a test starts itself."""

    async def exchange(
        self, url: str, headers: Mapping[str, str], turn: Turn, cut_at: int | None = None
    ) -> tuple[Response, FetchError | None]:
        """See `Wire.exchange`."""
        if urlsplit(url).hostname not in LOCAL:
            advice = "add the fixture `recorded` to the test, and run `pytest --record` once"
            raise _unrecorded(url, f"no test asks others; {advice}")
        return await super().exchange(url, headers, turn, cut_at)

    async def connect(self, host: str, port: int) -> socket.socket:
        """See `Wire.connect`."""
        if host not in LOCAL:
            raise _unrecorded(host, "no test connects to others")
        return await super().connect(host, port)


def _unrecorded(what: str, words: str) -> FetchError:
    return FetchError(f"{shown(what)}: {words}", url=what, kind="file")
