"""Publisher's hints in a feed and its headers: minimum interval between requests, and hours and days to skip."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from aggregator.model import Channel

LONGEST = timedelta(days=1)
HOUR = timedelta(hours=1)
HOURS = 168
_DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


class Hints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hints of one feed. `fresh`: freshness lifetime of the last answer in seconds (RFC 9111, max-age or Expires);
    `as_browser`: its server wants the `Accept` header of a browser; the others: see `Channel`."""

    fresh: float | None = None
    ttl: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    as_browser: bool = False

    def wait(self) -> timedelta:
        """Return how long to wait, at most one day, since some publishers state a year."""
        return timedelta(seconds=int(min(max(self.fresh or 0, self.ttl or 0, 0), LONGEST.total_seconds())))

    def allowed(self, time: datetime) -> datetime:
        """Return this time, or the end of the hours and days to skip, in UTC (RSS 2.0, `skipHours` and `skipDays`).

        A feed that skips all hours of the week skips none.
        """
        if not self.skip_hours and not self.skip_days:
            return time
        start = time.replace(minute=0, second=0, microsecond=0)
        later = (start + HOUR * n for n in range(HOURS))
        return next((max(hour, time) for hour in later if not self._skips(hour)), time)

    def _skips(self, time: datetime) -> bool:
        return time.hour in self.skip_hours or time.weekday() in {_DAYS.get(day[:3].lower()) for day in self.skip_days}


def hints_of(channel: Channel | None, fresh: float | None) -> Hints:
    """Return the hints of a full answer. `fresh`: as in `Hints`."""
    if channel is None:
        return Hints(fresh=fresh)
    hours = tuple(sorted({hour for hour in channel.skip_hours if 0 <= hour < 24}))
    days = tuple(dict.fromkeys(day for day in channel.skip_days if day[:3].lower() in _DAYS))[:7]
    return Hints(fresh=fresh, ttl=channel.ttl, skip_hours=hours, skip_days=days)
