"""Back-off after failures, by their kind: how long to wait before the next attempt to read a source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from aggregator.errors import AggregateError, FailureKind, FetchError

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HTTP_TOO_MANY_REQUESTS = 429


class BackOff(NamedTuple):
    """The delay after the first failure; each further failure doubles it, up to `longest`."""

    first: timedelta
    longest: timedelta


BACK_OFFS: Mapping[str, BackOff] = {
    # Network problems, or a server that restarts: mostly over within minutes.
    FailureKind.CONNECT: BackOff(5 * MINUTE, DAY),
    FailureKind.TIMEOUT: BackOff(5 * MINUTE, DAY),
    FailureKind.UNREACHABLE: BackOff(5 * MINUTE, DAY),
    FailureKind.SERVER_ERROR: BackOff(10 * MINUTE, DAY),
    # Resolvers cache "no such name" for some minutes (RFC 2308); names that remain unknown have expired.
    FailureKind.DNS: BackOff(15 * MINUTE, 2 * DAY),
    # Somebody has to act: renew a certificate, or restore the feed.
    FailureKind.TLS: BackOff(HOUR, DAY),
    FailureKind.CLIENT_ERROR: BackOff(2 * HOUR, 3 * DAY),
    # Too many requests, without a Retry-After header.
    FailureKind.TOO_MANY_REQUESTS: BackOff(HOUR, DAY),
}
"""The kinds with a back-off of their own. PARTIAL has none: the source yielded articles, so its rhythm counts."""
DEFAULT_BACK_OFF = BackOff(30 * MINUTE, DAY)
"""For all other kinds: unreadable responses, and errors of plugins."""


def failure_kind(error: AggregateError) -> FailureKind:
    """Return the kind of an error, with HTTP errors distinguished by status; PARSE for all but FetchError."""
    if not isinstance(error, FetchError):
        return FailureKind.PARSE
    if error.status is None or not 400 <= error.status < 600:
        return error.kind
    if error.status == HTTP_TOO_MANY_REQUESTS:
        return FailureKind.TOO_MANY_REQUESTS
    return FailureKind.CLIENT_ERROR if error.status < 500 else FailureKind.SERVER_ERROR


def back_off(kind: str | None, failures: int) -> timedelta:
    """Return the delay after a number of consecutive failures. `kind`: of the last one."""
    first, longest = BACK_OFFS.get(kind or "", DEFAULT_BACK_OFF)
    delay: timedelta = min(first * 2 ** min(failures - 1, 20), longest)
    return delay
