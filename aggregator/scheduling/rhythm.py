"""Learns how often, and at which hours of the week, a source publishes: pure functions of the dates of its articles.

The distinct times of articles are counted by hour of the week (UTC, from Monday 00:00) over the last 8 to 16 weeks. The
counts give the number of articles to expect until any time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

HOUR, DAY, WEEK = 3600, 86_400, 604_800
MEMORY = 16 * WEEK
MONDAY = 72  # hours: the epoch began on a Thursday
SHARE = 0.5  # collect when half an article is expected: twice per article
SILENT_GAPS = 10  # usual gaps without an article until a source counts as silent
EVEN_PRIOR = 4  # weight, in articles, of the assumption that all hours of a day, and all days of a week, are alike
SEPARABLE_PRIOR = 24  # weight, in articles, of the assumption that the hours are alike on all days
PRIOR_WEEKS = 4  # and the same in weeks of articles
LARGEST_COUNT = 60_000.0  # fits into half precision

_COUNTS = struct.Struct("<168e")
_NONE = (0.0,) * 168


class Rhythm(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """When a source has published. Times are epoch seconds.

    `hours`: a count for each hour of the week, 168 half-precision floats, or empty; `since`: start of the counting;
    `newest`: the newest counted time; `oldest`: the oldest date in its last answer; `gap`: seconds between its latest
    articles; `seen`: `content_hash` of the last answer of a source without dates.
    """

    hours: bytes = b""
    since: int | None = None
    newest: int | None = None
    oldest: int | None = None
    gap: int | None = None
    seen: bytes | None = None


def learn(rhythm: Rhythm, dates: Iterable[int], now: datetime) -> Rhythm:
    """Return the rhythm with the dates of an answer added, as far as they are newer than those counted before.

    `dates`: epoch seconds. Counting starts at the oldest date of the first answer. Future dates are counted once they
    have passed.
    """
    at = int(now.timestamp())
    rhythm = _plausible(rhythm, at)
    times = sorted({date for date in dates if date <= at})
    if not times:
        return rhythm
    since = rhythm.since if rhythm.newest is not None else None
    return _counted(rhythm, times, max(times[0], at - MEMORY) if since is None else since, at)


def learn_change(rhythm: Rhythm, content_hash: bytes, now: datetime) -> Rhythm:
    """Return the rhythm of a source without dates, in which a change of its `content_hash` counts as one article."""
    at = int(now.timestamp())
    rhythm = _plausible(rhythm, at)
    if rhythm.seen is None or rhythm.since is None:
        return msgspec.structs.replace(rhythm, since=at if rhythm.since is None else rhythm.since, seen=content_hash)
    changed = rhythm if content_hash == rhythm.seen else _counted(rhythm, [at], rhythm.since, at)
    return msgspec.structs.replace(changed, seen=content_hash)


def until_next(rhythm: Rhythm, now: datetime, longest: timedelta) -> timedelta:
    """Return the time until half an article is expected, at most `longest`; whole seconds.

    Never longer than the feed reaches back, so that no entry drops out of the feed unseen. A source without a history
    is collected after 1 hour, then 2, then 4.
    """
    counts = _counts(rhythm)
    at, total, limit = int(now.timestamp()), sum(counts), int(longest.total_seconds())
    if rhythm.oldest is not None:
        limit = min(limit, max(at - rhythm.oldest, 0))
    span = _span(rhythm, at)
    need = SHARE * (span + HOUR) / (total + 0.5)  # seconds of a week whose hours are all alike
    return timedelta(seconds=int(min(_walk(_Week(counts, span), at, need, limit) if total else need, limit)))


def per_week(rhythm: Rhythm, now: datetime) -> float:
    """Return the number of articles per week, over the last 8 to 16 weeks or since counting began."""
    at = int(now.timestamp())
    return round(sum(_counts(rhythm)) * WEEK / max(_span(rhythm, at), DAY), 1)


def is_silent(rhythm: Rhythm, now: datetime) -> bool:
    """Whether nothing new was published for ten times the usual gap, and at least a week."""
    if rhythm.newest is None or rhythm.gap is None:
        return False
    return now.timestamp() - rhythm.newest > max(SILENT_GAPS * rhythm.gap, WEEK)


def _counted(rhythm: Rhythm, times: Sequence[int], since: int, at: int) -> Rhythm:
    """Add these times, oldest first, to the counts that begin at `since`."""
    counts, since = _decayed(_counts(rhythm), since, at)
    known = since if rhythm.newest is None else max(since, rhythm.newest)
    fresh = [time for time in times if time > known]
    for time in fresh:
        hour = _hour(time)
        counts[hour] = min(counts[hour] + 1, LARGEST_COUNT)
    newest = max(times[-1], rhythm.newest or 0)
    return msgspec.structs.replace(
        rhythm,
        hours=_COUNTS.pack(*counts) if fresh or rhythm.hours else b"",
        since=since,
        newest=newest,
        oldest=times[0],
        gap=_gap(times[-20:], newest - since, sum(counts)) or rhythm.gap,
    )


def _plausible(rhythm: Rhythm, at: int) -> Rhythm:
    """Discard a rhythm that was learned while the clock was ahead."""
    return Rhythm() if max(rhythm.since or 0, rhythm.newest or 0) > at + HOUR else rhythm


def _counts(rhythm: Rhythm) -> list[float]:
    return list(_COUNTS.unpack(rhythm.hours) if len(rhythm.hours) == _COUNTS.size else _NONE)


def _decayed(counts: list[float], since: int, at: int) -> tuple[list[float], int]:
    """Scale counts over more than `MEMORY` down to half of it, at the same number of articles per week."""
    span = at - since
    if span <= MEMORY:
        return counts, since
    factor = MEMORY / 2 / span
    return [count * factor for count in counts], at - MEMORY // 2


def _span(rhythm: Rhythm, at: int) -> int:
    return 0 if rhythm.since is None else max(at - rhythm.since, 0)


def _gap(times: Sequence[int], counted: int, total: float) -> int | None:
    """The mean gap in seconds in the last answer, or over the counted time where the answer has too few dates."""
    if len(times) > 2:
        return (times[-1] - times[0]) // (len(times) - 1)
    return int(counted / total) if total > 2 else None


def _hour(time: int) -> int:
    return (time // HOUR + MONDAY) % 168


class _Week:
    """The share of a week's articles to expect in each hour of the week."""

    def __init__(self, counts: Sequence[float], span: int) -> None:
        self.counts = counts
        self.total = sum(counts)
        self.by_hour = [sum(counts[hour::24]) for hour in range(24)]
        self.by_day = [sum(counts[day * 24 : day * 24 + 24]) for day in range(7)]
        # One day of counting says little about other days, so the priors also weigh a time's worth of articles.
        daily = self.total * DAY / max(span, HOUR)
        self.hour_prior, self.day_prior = EVEN_PRIOR + 2 * daily, EVEN_PRIOR + 7 * daily
        self.separable_prior = SEPARABLE_PRIOR + 7 * PRIOR_WEEKS * daily

    def share(self, hour: int) -> float:
        """The share of one hour; all 168 sum to 1.

        With few articles, the hour of the day and the day of the week are independent factors; with many, the count of
        the hour of the week decides. Neighbouring hours count half.
        """
        counts, by_hour = self.counts, self.by_hour
        day, clock = divmod(hour, 24)
        at_clock = (by_hour[clock - 1] + 2 * by_hour[clock] + by_hour[(clock + 1) % 24]) / 4
        of_hours = (at_clock + self.hour_prior / 24) / (self.total + self.hour_prior)
        of_days = (self.by_day[day] + self.day_prior / 7) / (self.total + self.day_prior)
        near = (counts[hour - 1] + 2 * counts[hour] + counts[(hour + 1) % 168]) / 4
        return (near + self.separable_prior * of_hours * of_days) / (self.total + self.separable_prior)


def _walk(week: _Week, at: int, need: float, limit: int) -> float:
    """Return the seconds from `at` until the hours, weighted by their shares, add up to `need`."""
    time, accumulated = at, 0.0
    while time < at + limit:
        step = HOUR - time % HOUR
        weight = 168 * week.share(_hour(time))
        if accumulated + weight * step >= need:
            return time + (need - accumulated) / weight - at
        accumulated += weight * step
        time += step
    return limit
