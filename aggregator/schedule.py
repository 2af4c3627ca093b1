"""When a source is due: a pure function of what is known of it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=1)
FIRST_PAUSE = timedelta(minutes=5)
UNKNOWN_RHYTHM = timedelta(hours=1)


def rhythm(dates: Sequence[datetime]) -> timedelta:
    """How often to ask a source that published at these times: twice for each of its newest articles.

    Between 15 minutes and a day; an hour where fewer than two dates are known.
    """
    newest = sorted(set(dates), reverse=True)[:10]
    if len(newest) < 2:
        return UNKNOWN_RHYTHM
    gap = (newest[0] - newest[-1]) / (len(newest) - 1)
    return min(max(gap / 2, SHORTEST), LONGEST)


def due_after_success(
    now: datetime, *, every: timedelta | None, learned: timedelta, asked: Sequence[float | None] = ()
) -> datetime:
    """When to ask again after an answer.

    `every`: as configured, and then exactly so; else the `learned` rhythm, but no sooner than the publisher `asked` for
    (seconds: Cache-Control max-age, RSS ttl), which counts for a day at most.
    """
    if every is not None:
        return now + every
    bounds = [timedelta(seconds=min(seconds, LONGEST.total_seconds())) for seconds in asked if seconds]
    return now + max([learned, *bounds])


def due_after_failure(now: datetime, *, failures: int, every: timedelta | None, key: str) -> datetime:
    """When to ask again after the nth failure in a row: 5 minutes, doubled each time, a day at most.

    Up to a tenth is added, by `key`, so that sources that failed together do not return together.
    """
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST)
    jitter = zlib.crc32(f"{key} {failures}".encode()) / 2**32 / 10
    wait: timedelta = max(pause, every or pause) * (1 + jitter)
    return now + wait


def is_due(
    now: datetime, *, next_due: datetime | None, last_try: datetime | None, retry_at: datetime | None, force: bool
) -> bool:
    """Whether to ask now. `force` overrides the schedule, but not a publisher's Retry-After.

    A clock that was set back (the last try lies in the future) makes a source due rather than lost.
    """
    if last_try is not None and last_try > now + MINUTE:
        return True
    if retry_at is not None and retry_at > now:
        return False
    if force or next_due is None:
        return True
    return next_due <= now
