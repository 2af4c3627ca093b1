"""Keeps the responses of one command, so that a page or feed that several steps read is requested once."""

from __future__ import annotations

from aggregator.errors import FailureKind, FetchError
from aggregator.http.limiter import Slot, Timeouts
from aggregator.http.request import HttpRequest
from aggregator.http.response import Response
from aggregator.http.settings import HttpSettings
from aggregator.http.transport import Transport

MAX_KEPT_BYTES = 64 * 1024 * 1024
"""Bytes of response bodies that are kept."""
MAX_TIMEOUTS = 3
"""Requests that time out before a host that has stopped responding gets no more: one address may be at fault."""

Outcome = Response | FetchError


class CachingTransport(Transport):
    """A transport that answers a repeated request from memory, also that for a page if it was requested as a feed.

    For `add` and `preview`, which look at an address as a feed, as a page that names feeds, and as a list of articles.
    Redirects and failures are kept too.
    """

    skips_silent_hosts = False

    def __init__(self, settings: HttpSettings, timeouts: Timeouts, user_agent: str) -> None:
        super().__init__(settings, timeouts, user_agent)
        self._kept: dict[tuple[str, str | None], Outcome] = {}
        self._kept_bytes = 0
        self._timeouts_seen = 0

    async def send(self, request: HttpRequest, slot: Slot) -> tuple[Response, FetchError | None]:
        """See `Transport.send`. Requests with other headers than `Accept` are sent."""
        if set(map(str.lower, request.headers)) - {"accept", "connection"} or request.truncate_at is not None:
            return await super().send(request, slot)
        known = self._find(request)
        if isinstance(known, FetchError):
            raise known
        if known is not None:
            return known, None
        try:
            response, error = await super().send(request, slot)
        except FetchError as raised:
            self._keep(request, raised)
            self._timeouts_seen += raised.kind == FailureKind.TIMEOUT
            self.skips_silent_hosts = self._timeouts_seen >= MAX_TIMEOUTS
            raise
        if error is None:
            self._keep(request, response)
        return response, error

    def _find(self, request: HttpRequest) -> Outcome | None:
        outcome = self._kept.get((request.url, request.header("accept")))
        if outcome is None and request.is_page:
            as_feed = self._kept.get((request.url, None))
            return as_feed if _suits_page(as_feed) else None
        return outcome

    def _keep(self, request: HttpRequest, outcome: Outcome) -> None:
        self._kept[request.url, request.header("accept")] = outcome
        self._kept_bytes += _size(outcome)
        while self._kept_bytes > MAX_KEPT_BYTES:
            self._kept_bytes -= _size(self._kept.pop(next(iter(self._kept))))


def _size(outcome: Outcome) -> int:
    return len(outcome.body) if isinstance(outcome, Response) else 0


def _suits_page(outcome: Outcome | None) -> bool:
    """Whether a response to a request for a feed is what a request for a page would get (RFC 9111 4.1)."""
    if not isinstance(outcome, Response):
        return False
    vary = {name.strip() for name in outcome.headers.get("Vary", "").lower().split(",")}
    return vary.isdisjoint({"accept", "*"}) or "html" in outcome.headers.get("Content-Type", "").lower()
