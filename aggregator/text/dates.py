"""Parse dates in the forms that feeds use, as UTC. Missing parts are never made up, unknown ones are never dropped.

See RFC 9110 5.6.7 and RFC 5322 3.3 (RSS), RFC 3339 and W3C-DTF (Atom, Dublin Core). What publishers send beside them is
read by `written_dates`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from aggregator.model import RoughDate
from aggregator.text.clock_times import time_of_day
from aggregator.text.date_order import LONGEST, day_first_habit, full_year
from aggregator.text.month_names import ENGLISH, fold, month_number
from aggregator.text.time_zones import offset_minutes

__all__ = ["LATEST", "day_first_habit", "parse_date"]

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates from here on are not dates of articles."""

_MONTHS = {f" {name.title()} ": number for name, number in ENGLISH.items() if len(name) == 3}
_CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d))?"
_ZONE = r"([A-Za-z]{1,5}|[+-]\d{1,2}:?\d\d)"
_COMMENT = r"(?:\s\([^()]{1,60}\))?"
_ZONE_OF_RFC_822 = re.compile(_ZONE)
_RFC_822 = re.compile(
    r"(?:[^\W\d_]{2,12}\.?,?\s{0,4})?(\d{1,2})(\.?)[ -]([^\W\d_]{2,12})\.?[ -](\d{4}|\d\d)"
    rf"(?:\s{_CLOCK}(?:\s{_ZONE}{_COMMENT})?)?"
)
_MONTH_FIRST = re.compile(
    r"(?:[A-Za-z]{3,9},?\s)?([A-Za-z]{3,9})\.?\s(\d{1,2}),?\s(\d{4})"
    rf"(?:,?\s(?:at\s)?{_CLOCK}(?:\s?([AaPp][Mm]))?(?:\s(?:GMT)?{_ZONE}{_COMMENT})?)?"
)
"""The form of JavaScript's Date (Sat May 16 2026 09:00:57 GMT+0200), and of American publishers."""
_ASCTIME = re.compile(rf"[A-Za-z]{{3,9}}\s([A-Za-z]{{3,9}})\s{{1,2}}(\d{{1,2}})\s{_CLOCK}\s(?:{_ZONE}\s)?(\d{{4}})")
_ISO = re.compile(
    r"(\d{4})(-?)(\d{2})\2(\d{2})(?:(?:[Tt]|\s{1,4})(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d{1,12})?)?"
    r"\s?([A-Za-z]{1,5}|[+-]\d{1,2}(?::?\d{2})?)?"
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)([0-5]\d)?")
"""As many digits as milliseconds of the 1970s, which no feed sends."""
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_EPOCH = re.compile(r"-?\d{9,13}(?:\.\d{1,12})?")


def parse_date(value: RoughDate, *, language: str | None = None, day_first: bool | None = None) -> datetime | None:
    """Return a date as a datetime in UTC, to the second; None if it cannot be parsed or is later than 2199.

    `value`: a datetime (UTC if naive), text, or epoch seconds or milliseconds. A date without a time is midnight in
    UTC. The year 1, which some systems send for an unknown date, is kept (see `Article.dated`). `language`: the BCP 47
    tag of the feed or page. It decides what a name means that is a different month in different languages, and the
    order of a date such as 11/03/2026. `day_first`: that order, if the other dates of the feed show it, which counts
    more (see `day_first_habit`). A date that neither decides is unknown.
    """
    if isinstance(value, str):
        text = value.strip()
        return _parse_text(text, language, day_first) if 4 <= len(text) <= LONGEST else None
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return _bounded(value)
    return _from_epoch(value) if isinstance(value, int | float) else None


@lru_cache(maxsize=4096)
def _parse_text(text: str, language: str | None, day_first: bool | None) -> datetime | None:
    try:
        if text[10:11] == "T" and text[4] == "-":
            return _bounded(datetime.fromisoformat(text))
        if date := _parse_rfc_822(text):
            return date if date.year < LATEST.year else None
    except (ValueError, OverflowError):
        pass
    try:
        date = _parse_usual(text, language) or _parse_written(text, language, day_first)
    except (ValueError, OverflowError):
        return None
    return date and _bounded(date)


def _parse_written(text: str, language: str | None, day_first: bool | None) -> datetime | None:
    from aggregator.text.written_dates import read_written  # many patterns, of which most feeds need none

    return read_written(text, language, day_first)


def _parse_rfc_822(text: str) -> datetime | None:
    """Parse a date in the form of nearly all RSS feeds, "Tue, 03 Mar 2026 10:00:00 +0100"; None for any other.

    As `_parse_usual` does, in a fifth of the time. Raises ValueError or OverflowError for an impossible one.
    """
    month = _MONTHS.get(text[7:12])
    minutes = _offset(text[26:]) if month and text[3:5] == ", " and text[16:26:3] == " :: " else None
    if month is None or minutes is None or not text.isascii() or not text[:3].isalpha():
        return None
    day, year, hour, minute, second = text[5:7], text[12:16], text[17:19], text[20:22], text[23:25]
    if not (day + year + hour + minute + second).isdigit():
        return None
    date = datetime(int(year), month, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return date - timedelta(minutes=minutes) if minutes else date


@lru_cache(maxsize=256)
def _offset(zone: str) -> int | None:
    """Return the minutes of a zone as RFC 822 writes it; None for any other."""
    return offset_minutes(zone) if _ZONE_OF_RFC_822.fullmatch(zone) else None


def _parse_usual(text: str, language: str | None) -> datetime | None:
    """Parse a date in one of the forms that most feeds use, or an epoch; None for other forms."""
    if match := _RFC_822.fullmatch(text):
        day, dot, name, year, *clock, zone = match.groups()
        month = ENGLISH.get(name.lower()) or month_number(fold(name), language, dotted=bool(dot))
        return _utc((full_year(year), month, day), clock, zone)
    if match := _COMPACT.fullmatch(text):
        year, number, day, *clock = match.groups()
        return _utc((int(year), int(number), day), clock, None)
    if _EPOCH.fullmatch(text):
        return _from_epoch(float(text))
    if match := _ISO.fullmatch(text):
        year, _, number, day, *clock, zone = match.groups()
        return _utc((int(year), int(number), day), clock, zone)
    if match := _MONTH_FIRST.fullmatch(text):
        name, day, year, *clock, zone = match.groups()
        return _utc((int(year), ENGLISH.get(name.lower()), day), clock, zone)
    if match := _ASCTIME.fullmatch(text):
        name, day, *clock, zone, year = match.groups()
        return _utc((int(year), ENGLISH.get(name.lower()), day), clock, zone)
    if match := _YEAR_MONTH.fullmatch(text):
        return datetime(int(match[1]), int(match[2] or 1), 1, tzinfo=UTC)
    return None


def _utc(date: tuple[int, int | None, str], clock: Sequence[str | None], zone: str | None) -> datetime | None:
    """Return a date in UTC, or None for a month or a zone that is not one of the usual ones. Raises ValueError.

    `clock`: hour, minute, second, and AM or PM.
    """
    year, month, day = date
    minutes = offset_minutes(zone) if zone else 0
    if month is None or minutes is None:
        return None
    midnight = datetime(year, month, int(day), tzinfo=UTC)
    return midnight + (time_of_day(*clock) - timedelta(minutes=minutes))


def _from_epoch(seconds: float) -> datetime | None:
    if abs(seconds) > 1e11:  # milliseconds, as in JavaScript
        seconds /= 1000
    try:
        return _bounded(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _bounded(value: datetime) -> datetime | None:
    try:
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        return None
    if value.microsecond:
        value = value.replace(microsecond=0)
    return value if value.year < LATEST.year else None
