"""Formats dates and times in the reader's language and time zone (Unicode CLDR, by babel)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.model import Edition

if TYPE_CHECKING:
    from babel import Locale


class Dates:
    """Formats dates. `timezone`: IANA name; `locale`: a BCP 47 tag; a language that CLDR lacks is shown in English."""

    def __init__(self, timezone: str, locale: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.tag = locale
        self._long_days: dict[dt.date, str] = {}

    @staticmethod
    def of(edition: Edition) -> Dates:
        """Return the dates of an edition."""
        return _dates(edition.timezone, edition.locale)

    @cached_property
    def locale(self) -> Locale:
        """The locale, or the closest one that CLDR has."""
        from babel import Locale, UnknownLocaleError  # deferred: takes 50 ms, which unchanged outputs don't need

        if self.tag == "en":  # CLDR's "en" is that of the United States; "en-US" still is
            return Locale("en", "GB")
        for tag in (self.tag, self.tag.partition("-")[0]):
            try:
                return Locale.parse(tag, sep="-")
            except (ValueError, UnknownLocaleError):
                continue
        return Locale("en")

    @property
    def formats(self) -> dict[str, Callable[..., str]]:
        """The functions that format dates, by name, for templates."""
        functions = (self.day, self.long_day, self.short_day, self.time, self.zone_name, self.moment, self.clock)
        return {function.__name__: function for function in functions}

    def local(self, date: datetime) -> datetime:
        """Return a time in the reader's time zone."""
        return date.astimezone(self.zone)

    def day(self, date: datetime) -> str:
        """Format a day: "Tuesday, 24 November 2026"."""
        from babel.dates import format_date

        return format_date(self.local(date), "full", self.locale)

    def long_day(self, date: datetime) -> str:
        """Format a day without its weekday: "24 November 2026"."""
        from babel.dates import format_date

        return format_date(self.local(date), "long", self.locale)

    def short_day(self, date: datetime) -> str:
        """Format a day without its year: "Tue, 24 Nov"."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMEd", self.local(date), locale=self.locale)

    def time(self, date: datetime) -> str:
        """Format a time of the day: "14:05"."""
        from babel.dates import format_time

        return format_time(self.local(date), "short", locale=self.locale)

    def zone_name(self, date: datetime) -> str:
        """Return the short name of the time zone: "BST", "MEZ", "GMT-03:00"."""
        from babel.dates import get_timezone_gmt, get_timezone_name

        local = self.local(date)
        name = get_timezone_name(local, width="short", locale=self.locale)
        if name[:1].isalpha() and " " not in name:
            return name
        common = local.tzname() or ""  # CLDR has abbreviations only where a language uses them
        return common if common.isalpha() else get_timezone_gmt(local, "long", self.locale)

    def moment(self, date: datetime) -> str:
        """Format day, time and time zone: "24 November 2026, 09:12 GMT"."""
        from babel.dates import format_date

        local = self.local(date)
        day = self._long_days.get(local.date())
        if day is None:
            day = self._long_days[local.date()] = format_date(local, "long", self.locale)
        return f"{day}, {self.time(date)} {self.zone_name(date)}"

    def clock(self, date: datetime, today: datetime) -> str:
        """Format a time relative to a day: "09:30" today, "Mon, 23 Nov, 21:30" this year, "3 Feb 2024" before."""
        from babel.dates import format_date

        here, now = self.local(date), self.local(today)
        if here.date() == now.date():
            return self.time(date)
        if here.year == now.year:
            return f"{self.short_day(date)}, {self.time(date)}"
        return format_date(here, "medium", self.locale)


@lru_cache
def _dates(timezone: str, locale: str) -> Dates:
    """Return the dates of a zone and a language, whose formats babel finds once."""
    return Dates(timezone, locale)
