"""When a source is due: a pure function of its history, compared with a clock that may have been wrong, or is now."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from aggregator.http.headers import LONGEST_WAIT
from aggregator.scheduling.rhythm import until_next

if TYPE_CHECKING:
    from aggregator.scheduling.state import SourceState

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SHORTEST, LONGEST = timedelta(minutes=15), DAY
LONGEST_HELD = timedelta(seconds=LONGEST_WAIT)
JITTER = 0.1


class Pause(NamedTuple):
    """How long to wait after the first failure; each further one doubles it, up to the longest."""

    first: timedelta
    longest: timedelta


PAUSES = {
    # The line, or a server that restarts: over in minutes, mostly.
    "connect": Pause(5 * MINUTE, DAY),
    "timeout": Pause(5 * MINUTE, DAY),
    "unreachable": Pause(5 * MINUTE, DAY),
    "5xx": Pause(10 * MINUTE, DAY),
    # Resolvers keep "no such name" for some minutes (RFC 2308); names that stay away have expired.
    "dns": Pause(15 * MINUTE, 2 * DAY),
    # Somebody has to act: renew a certificate, or put the feed back where it was.
    "tls": Pause(HOUR, DAY),
    "4xx": Pause(2 * HOUR, 3 * DAY),
    # Asked too often, by a publisher that does not say for how long.
    "429": Pause(HOUR, DAY),
}
PART = "part"
"""The kind of a failure after which articles were there all the same: as often as if there were none."""
OTHERWISE = Pause(30 * MINUTE, DAY)
"""For what cannot be read, and for what a plugin does."""


def due(history: SourceState, every: timedelta | None = None) -> datetime:
    """When to ask a source again that was asked at `history.last_try`.

    `every`: as configured, and then exactly so; otherwise as its rhythm and the publisher's hints have it, 15 minutes
    to 8 days (a day, and up to a week of hours to be skipped). After failures: see `pause`. Never before a publisher's
    Retry-After, which counts for a month at most.
    """
    asked = history.last_try
    assert asked
    if history.failures and history.kind != PART:
        time = asked + max(pause(history), every or timedelta())
    elif every is not None:
        time = asked + every
    else:
        learned = until_next(history.rhythm, asked, LONGEST)
        time = asked + max(learned, history.hints.wait(), SHORTEST)
    time = _held(time, history)
    return time if every is not None else history.hints.allowed(time)


def _held(time: datetime, history: SourceState) -> datetime:
    """This time, or that of Retry-After."""
    if history.retry_at is None or history.last_try is None:
        return time
    return max(time, min(history.retry_at, history.last_try + LONGEST_HELD))


def pause(history: SourceState) -> timedelta:
    """How long to leave a source alone that has failed, by the kind of its last failure, and how often in a row.

    Up to a tenth is added, always the same for a source, so that those that failed together do not return together.
    """
    first, longest = PAUSES.get(history.kind or "", OTHERWISE)
    jitter = zlib.crc32(history.address.encode()) / 2**32 * JITTER
    base: timedelta = min(first * 2 ** min(history.failures - 1, 20), longest)
    return timedelta(seconds=int((base * (1 + jitter)).total_seconds()))


def longest(every: timedelta | None) -> timedelta:
    """The longest time between two requests that `due` may ask for, but for Retry-After."""
    slowest = max(one.longest for one in PAUSES.values()) * (1 + JITTER)
    return max(slowest + WEEK, every or timedelta())


def planned(history: SourceState, every: timedelta | None = None) -> datetime | None:
    """When the source is due by what was stored; None for one that was never asked, or not at its new address.

    `every` counts as it is configured now, and a time that lies too far away for any rule (the clock was wrong once)
    does not count.
    """
    if history.last_try is None or history.next_due is None:
        return None
    if every is not None and not history.failures:
        time = history.last_try + every
    else:
        time = min(history.next_due, history.last_try + longest(every))
    return _held(time, history)


def held_until(history: SourceState, now: datetime) -> datetime | None:
    """Until when a publisher's Retry-After forbids to ask; one that lies too far away was set by a wrong clock."""
    until = history.retry_at
    return until if until is not None and now < until <= now + LONGEST_HELD else None


def is_due(history: SourceState, now: datetime, *, every: timedelta | None = None, force: bool = False) -> bool:
    """Whether to ask now. `force` overrides the schedule, but not a publisher's Retry-After.

    Otherwise not twice within a minute. A run that comes a little early, as timers do, is in time: by a twentieth of
    the wait, and a minute at most. Where the last request lies more than an hour in the future, the clock was ahead,
    and the source is due rather than lost.
    """
    if held_until(history, now):
        return False
    time = planned(history, every)
    asked = history.last_try
    if force or time is None or asked is None or asked > now + HOUR:
        return True
    early = min((time - asked) / 20, MINUTE)
    return now >= max(time - early, asked + MINUTE)
