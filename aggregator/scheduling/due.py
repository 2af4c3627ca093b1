"""When a source is due: a pure function of its history, compared with a clock that may have been wrong, or is now."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aggregator.errors import FailureKind
from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.scheduling.back_off import BACK_OFFS, back_off
from aggregator.scheduling.rhythm import until_next

if TYPE_CHECKING:
    from aggregator.scheduling.state import SourceState

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
SHORTEST, LONGEST = timedelta(minutes=15), DAY
LONGEST_HELD = timedelta(seconds=MAX_RETRY_AFTER)
JITTER = 0.1


def due(history: SourceState, every: timedelta | None = None) -> datetime:
    """When to ask a source again that was asked at `history.last_try`.

    `every`: as configured, and then exactly so; otherwise as its rhythm and the publisher's hints have it, 15 minutes
    to 8 days (a day, and up to a week of hours to be skipped). After failures: see `back_off_of`. Never before a
    publisher's Retry-After, which counts for a month at most.
    """
    asked = history.last_try
    assert asked
    if history.failures and history.kind != FailureKind.PARTIAL:
        time = asked + max(back_off_of(history), every or timedelta())
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


def back_off_of(history: SourceState) -> timedelta:
    """Return the back-off of a failing source, by the kind of its last failure and the number of consecutive ones.

    Up to a tenth is added, always the same for a source, so that sources that failed together are not requested
    together again.
    """
    jitter = zlib.crc32(history.address.encode()) / 2**32 * JITTER
    delay = back_off(history.kind, history.failures)
    return timedelta(seconds=int((delay * (1 + jitter)).total_seconds()))


def longest(every: timedelta | None) -> timedelta:
    """The longest time between two requests that `due` may ask for, but for Retry-After."""
    slowest = max(entry.longest for entry in BACK_OFFS.values()) * (1 + JITTER)
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
