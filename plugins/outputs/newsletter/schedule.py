"""Decides whether a newsletter is due, and of which day it is. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GRACE = timedelta(hours=4)
"""How long after its time a newsletter is still sent on the next day: hourly runs come after midnight for "23:30"."""


def due_day(now: datetime, at: time, days: Collection[int], timezone: str) -> date | None:
    """Return the day whose newsletter is due, or None. `days`: of the week, 0 for Monday; all if empty."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        begins = datetime.combine(day, at, zone)
        is_in_time = begins <= now and (day == today or now - begins < GRACE)
        if is_in_time and (not days or day.weekday() in days):
            return day
    return None
