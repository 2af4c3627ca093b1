"""Decide when a source is due, from its state. Pure functions, robust against a system clock that was or is wrong."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from aggregator.errors import FailureKind
from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.scheduling.back_off import BACK_OFFS, back_off
from aggregator.scheduling.rhythm import until_next

if TYPE_CHECKING:
    from aggregator.scheduling.state import SourceState

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MIN_INTERVAL, MAX_INTERVAL = timedelta(minutes=15), DAY
MAX_RETRY_AFTER_DELAY = timedelta(seconds=MAX_RETRY_AFTER)
JITTER = 0.1
OVERDUE = 300
"""Seconds after its due time from which a source counts as overdue."""
EPOCH = datetime.fromtimestamp(0, UTC)
_LONGEST_DELAY = max(entry.longest for entry in BACK_OFFS.values()) * (1 + JITTER) + WEEK


def next_due(state: SourceState, every: timedelta | None = None) -> datetime:
    """Return when a source that was tried at `state.last_try` is due again.

    `every`: the configured interval, which is kept exactly; without it, the interval follows from the rhythm and the
    publisher's hints, 15 minutes to 8 days (a day, and up to a week of hours to skip). After failures: see
    `back_off_of`. Never before a publisher's Retry-After, which is limited to a month.
    """
    last_try = state.last_try
    assert last_try
    if state.failures and state.kind != FailureKind.PARTIAL:
        time = last_try + max(back_off_of(state), every or timedelta())
    elif every is not None:
        time = last_try + every
    else:
        learned = until_next(state.rhythm, last_try, MAX_INTERVAL)
        time = last_try + max(learned, state.hints.wait(), MIN_INTERVAL)
    time = _after_retry_after(time, state)
    return time if every is not None else state.hints.allowed(time)


def due_after_failure_by_hand(before: SourceState, now: datetime, every: timedelta | None = None) -> datetime:
    """Return when a source is due after a request by hand failed at `now`: as it was before, or at once.

    A failure by hand must not push the source away while somebody is at work on it. `before`: its state until then.
    """
    return scheduled_time(msgspec.structs.replace(before, retry_at=None), every) or now


def _after_retry_after(time: datetime, state: SourceState) -> datetime:
    """Return the time, or the end of the Retry-After if that is later."""
    if state.retry_at is None or state.last_try is None:
        return time
    return max(time, min(state.retry_at, state.last_try + MAX_RETRY_AFTER_DELAY))


def back_off_of(state: SourceState) -> timedelta:
    """Return the back-off of a failing source, by the kind of its last failure and the number of consecutive ones.

    Up to a tenth is added, always the same for a source, so that sources that failed together are not requested
    together again.
    """
    jitter = zlib.crc32(state.address.encode()) / 2**32 * JITTER
    delay = back_off(state.kind, state.failures)
    return timedelta(seconds=int((delay * (1 + jitter)).total_seconds()))


def max_delay(every: timedelta | None) -> timedelta:
    """Return the longest interval that `next_due` may return, apart from Retry-After."""
    return max(_LONGEST_DELAY, every or timedelta())


def scheduled_time(state: SourceState, every: timedelta | None = None) -> datetime | None:
    """Return when the source is due, from its stored state; None if it was never tried, or not at its new address.

    `every` has its current value. A stored time is limited to `max_delay`, since the clock may have been wrong.
    """
    if state.last_try is None or state.next_due is None:
        return None
    if every is not None and not state.is_failing:
        time = state.last_try + every
    else:
        time = min(state.next_due, state.last_try + max_delay(every))
    return _after_retry_after(time, state)


def held_until(state: SourceState, now: datetime) -> datetime | None:
    """Return the end of the publisher's Retry-After; None if it has passed, or is so late that the clock was wrong."""
    until = state.retry_at
    return until if until is not None and now < until <= now + MAX_RETRY_AFTER_DELAY else None


def is_due(state: SourceState, now: datetime, *, every: timedelta | None = None, force: bool = False) -> bool:
    """Whether a source is due now. `force` overrides the schedule, but not a publisher's Retry-After.

    Without `force`, not twice within a minute. A run may be early, as timers are: by a twentieth of the interval, and a
    minute at most. If the last try is more than an hour in the future, the clock was ahead, and the source is due.
    """
    if held_until(state, now):
        return False
    earliest = _earliest(state, every)
    if force or earliest is None or state.last_try is None or state.last_try > now + HOUR:
        return True
    return now >= earliest


def due_time(state: SourceState, every: timedelta | None = None) -> datetime:
    """Return the first whole second, not before the last try, at which `is_due` is true.

    The epoch for a source that was never tried, or not at its new address.
    """
    earliest = _earliest(state, every)
    time = EPOCH if earliest is None else _next_second(earliest)
    until = held_until(state, time)
    return time if until is None else _next_second(until)


def _earliest(state: SourceState, every: timedelta | None) -> datetime | None:
    """Return the scheduled time without the tolerance of timers; None if the source is due at any time."""
    time, last_try = scheduled_time(state, every), state.last_try
    if time is None or last_try is None:
        return None
    return max(time - min((time - last_try) / 20, MINUTE), last_try + MINUTE)


def _next_second(time: datetime) -> datetime:
    """Return the time itself if it is a whole second, else the next one."""
    whole = time.replace(microsecond=0)
    return whole if whole == time else whole + timedelta(seconds=1)
