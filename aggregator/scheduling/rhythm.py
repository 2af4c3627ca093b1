"""How often a source publishes, and at which hours of the week: learned from its dates, small, and pure.

What is counted are the distinct times of its articles, by hour of the week (UTC, Monday 00:00 first), over the last 8
to 16 weeks. From that follows how many articles are to be expected until any time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

HOUR, DAY, WEEK = 3600, 86_400, 604_800
MEMORY = 16 * WEEK
MONDAY = 72  # hours: the epoch began on a Thursday
SHARE = 0.5  # ask when half an article is to be expected: twice for each
PATIENT = 10  # usual gaps without an article until a source counts as silent
EVEN = 4  # articles' worth of belief that all hours of a day, and all days of a week, are alike
APART = 24  # articles' worth of belief that the hours are alike on all days
WEEKS = 4  # and so many weeks of that
FULL = 60_000.0  # a count that is high enough, and that half precision can hold

_COUNTS = struct.Struct("<168e")
_NONE = (0.0,) * 168


class Rhythm(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """When a source has published. Times are epoch seconds.

    `hours`: a count for each hour of the week, 168 half-precision floats, or empty; `since`: from when on it was
    counted; `newest`: the newest time that was; `oldest`: of what it showed last; `gap`: seconds between its articles,
    when it last published; `seen`: a mark of what a source without dates showed last.
    """

    hours: bytes = b""
    since: int | None = None
    newest: int | None = None
    oldest: int | None = None
    gap: int | None = None
    seen: bytes | None = None


def learn(rhythm: Rhythm, dates: Iterable[datetime], now: datetime) -> Rhythm:
    """The rhythm with the dates of what a source shows now added to it: those that are newer than what was counted.

    The oldest date of the first answer begins the count. Dates in the future count when they have come.
    """
    at = int(now.timestamp())
    rhythm = _believed(rhythm, at)
    times = sorted({int(date.timestamp()) for date in dates if date <= now})
    if not times:
        return rhythm
    since = rhythm.since if rhythm.newest is not None else None
    return _counted(rhythm, times, max(times[0], at - MEMORY) if since is None else since, at)


def learn_change(rhythm: Rhythm, mark: bytes, now: datetime) -> Rhythm:
    """The same for a source that states no dates. `mark`: changes with what it shows, which counts as an article."""
    at = int(now.timestamp())
    rhythm = _believed(rhythm, at)
    if rhythm.seen is None or rhythm.since is None:
        return msgspec.structs.replace(rhythm, since=at if rhythm.since is None else rhythm.since, seen=mark)
    changed = rhythm if mark == rhythm.seen else _counted(rhythm, [at], rhythm.since, at)
    return msgspec.structs.replace(changed, seen=mark)


def until_next(rhythm: Rhythm, now: datetime, longest: timedelta) -> timedelta:
    """How long until half an article is to be expected, `longest` at most; whole seconds.

    Never longer than its list reaches back: what comes as fast as the last ones is still in it then. A source of which
    nothing is known is asked after an hour, then 2, then 4.
    """
    counts = _counts(rhythm)
    at, total, limit = int(now.timestamp()), sum(counts), int(longest.total_seconds())
    if rhythm.oldest is not None:
        limit = min(limit, max(at - rhythm.oldest, 0))
    span = _span(rhythm, at)
    need = SHARE * (span + HOUR) / (total + 0.5)  # seconds of a week whose hours are all alike
    return timedelta(seconds=int(min(_walk(_Week(counts, span), at, need, limit) if total else need, limit)))


def per_week(rhythm: Rhythm, now: datetime) -> float:
    """Articles a week, over the last 8 to 16 weeks, or since they were first counted."""
    at = int(now.timestamp())
    return round(sum(_counts(rhythm)) * WEEK / max(_span(rhythm, at), DAY), 1)


def is_silent(rhythm: Rhythm, now: datetime) -> bool:
    """Whether nothing new came for ten times its usual gap, and a week."""
    if rhythm.newest is None or rhythm.gap is None:
        return False
    return now.timestamp() - rhythm.newest > max(PATIENT * rhythm.gap, WEEK)


def _counted(rhythm: Rhythm, times: Sequence[int], since: int, at: int) -> Rhythm:
    """With these times, oldest first, added to what was counted `since` then."""
    counts, since = _faded(_counts(rhythm), since, at)
    known = since if rhythm.newest is None else max(since, rhythm.newest)
    fresh = [time for time in times if time > known]
    for time in fresh:
        hour = _hour(time)
        counts[hour] = min(counts[hour] + 1, FULL)
    newest = max(times[-1], rhythm.newest or 0)
    return msgspec.structs.replace(
        rhythm,
        hours=_COUNTS.pack(*counts) if fresh or rhythm.hours else b"",
        since=since,
        newest=newest,
        oldest=times[0],
        gap=_gap(times[-20:], newest - since, sum(counts)) or rhythm.gap,
    )


def _believed(rhythm: Rhythm, at: int) -> Rhythm:
    """A rhythm that was learned while the clock was ahead is worth nothing."""
    return Rhythm() if max(rhythm.since or 0, rhythm.newest or 0) > at + HOUR else rhythm


def _counts(rhythm: Rhythm) -> list[float]:
    return list(_COUNTS.unpack(rhythm.hours) if len(rhythm.hours) == _COUNTS.size else _NONE)


def _faded(counts: list[float], since: int, at: int) -> tuple[list[float], int]:
    """What lies too far back loses weight: the counts are brought to half the memory, at the same articles a week."""
    span = at - since
    if span <= MEMORY:
        return counts, since
    factor = MEMORY / 2 / span
    return [count * factor for count in counts], at - MEMORY // 2


def _span(rhythm: Rhythm, at: int) -> int:
    return 0 if rhythm.since is None else max(at - rhythm.since, 0)


def _gap(times: Sequence[int], counted: int, total: float) -> int | None:
    """By what the source shows; where that is too little, by what was counted."""
    if len(times) > 2:
        return (times[-1] - times[0]) // (len(times) - 1)
    return int(counted / total) if total > 2 else None


def _hour(time: int) -> int:
    return (time // HOUR + MONDAY) % 168


class _Week:
    """Which part of a week's articles is to be expected in an hour of it."""

    def __init__(self, counts: Sequence[float], span: int) -> None:
        self.counts = counts
        self.total = sum(counts)
        self.by_hour = [sum(counts[hour::24]) for hour in range(24)]
        self.by_day = [sum(counts[day * 24 : day * 24 + 24]) for day in range(7)]
        # What was watched for a day says little of the other days: belief weighs as much as a while of articles, too.
        daily = self.total * DAY / max(span, HOUR)
        self.even_hours, self.even_days = EVEN + 2 * daily, EVEN + 7 * daily
        self.apart = APART + 7 * WEEKS * daily

    def share(self, hour: int) -> float:
        """All 168 together are 1.

        With few articles the hour of the day and the day of the week say what they can, each for itself; with many, the
        hour of the week does. Neighbours count half.
        """
        counts, by_hour = self.counts, self.by_hour
        day, clock = divmod(hour, 24)
        at_clock = (by_hour[clock - 1] + 2 * by_hour[clock] + by_hour[(clock + 1) % 24]) / 4
        of_hours = (at_clock + self.even_hours / 24) / (self.total + self.even_hours)
        of_days = (self.by_day[day] + self.even_days / 7) / (self.total + self.even_days)
        near = (counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % 168]) / 4
        return (near + self.apart * of_hours * of_days) / (self.total + self.apart)


def _walk(week: _Week, at: int, need: float, limit: int) -> float:
    """Seconds until the hours from `at` on, each weighed by what is expected in it, make up `need`."""
    time, gathered = at, 0.0
    while time < at + limit:
        step = HOUR - time % HOUR
        weight = 168 * week.share(_hour(time))
        if gathered + weight * step >= need:
            return time + (need - gathered) / weight - at
        gathered += weight * step
        time += step
    return limit
