"""Read time zones as dates state them: offsets, abbreviations and names of the IANA time zone database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

LARGEST = 15 * 60
"""Maximum offset from UTC, in minutes; the largest in use is +14:00."""

_MINUTES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 60, "ist": 330, "west": 60, "cet": 60, "mez": 60, "cest": 120,
    "mesz": 120, "met": 60, "mest": 120, "eet": 120, "oez": 120, "eest": 180, "oesz": 180, "msk": 180, "msd": 240,
    "trt": 180, "idt": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "hdt": -540, "ast": -240, "adt": -180, "nst": -210,
    "ndt": -150, "sst": -660, "brt": -180, "brst": -120, "art": -180, "clt": -240, "clst": -180, "cot": -300,
    "pet": -300, "vet": -240, "uyt": -180, "bot": -240, "wat": 60, "cat": 120, "sast": 120, "eat": 180, "irst": 210,
    "azt": 240, "yekt": 300, "uzt": 300, "pkt": 300, "npt": 345, "omst": 360, "mmt": 390, "novt": 420, "krat": 420,
    "ict": 420, "wib": 420, "irkt": 480, "wita": 480, "myt": 480, "pht": 480, "sgt": 480, "hkt": 480, "awst": 480,
    "yakt": 540, "wit": 540, "jst": 540, "kst": 540, "acst": 570, "vlat": 600, "aest": 600, "chst": 600, "acdt": 630,
    "lhst": 630, "aedt": 660, "magt": 660, "samt": 240, "pett": 720, "nzst": 720, "fjt": 720, "nzdt": 780,
}  # fmt: skip
"""Offsets of abbreviations, in minutes.

Some have several meanings. Those of North America are read as in RFC 5322 and Python's `email` (CST is not China), BST
is British Summer Time and IST is India. Others with several meanings in use are missing (AMT: Amazon or Armenia).
"""
_PLACES = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
"""What American publishers write in both halves of the year: 10 AM ET is EST in winter, EDT in summer."""

OFFSET = re.compile(r"([+-])(\d{1,2})(?:[:.]?(\d{2}))?(?::\d{2})?")
"""An offset such as +0200, -03:30, +5:30 or +2."""
IANA_NAME = re.compile(r"(?<![\w/])(?:Etc/GMT[+-]\d{1,2}|[A-Z][A-Za-z]{1,13}(?:/[A-Z][A-Za-z_-]{1,19}){1,2})(?![\w/])")
"""A name such as Europe/Berlin, before the case of the text is folded. Etc/GMT+5 is west of Greenwich."""


@lru_cache(maxsize=512)
def offset_minutes(text: str) -> int | None:
    """Return the minutes east of UTC of an offset such as +0200 or of an abbreviation such as CEST; None if unknown."""
    if match := OFFSET.fullmatch(text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes > LARGEST or int(match[3] or 0) > 59:
            return None
        return minutes if match[1] == "+" else -minutes
    return _MINUTES.get(text.casefold())


def is_zone(word: str) -> bool:
    """Return whether a word is a known abbreviation of a time zone."""
    return word.casefold() in _MINUTES or word.casefold() in _PLACES


def to_utc(local: datetime, zone: str) -> datetime | None:
    """Return a local time without a zone in UTC, or None if the zone is unknown. No zone means UTC.

    `zone`: "", an offset, an abbreviation or an IANA name. A date with an unknown zone is no date: the guess that it is
    UTC is up to 14 hours off, and orders the articles of a day wrongly.
    """
    if not zone:
        return local.replace(tzinfo=UTC)
    minutes = offset_minutes(zone)
    if minutes is not None:
        return local.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    region = _region(_PLACES.get(zone.casefold(), zone))
    return local.replace(tzinfo=region).astimezone(UTC) if region else None


@lru_cache(maxsize=128)
def _region(name: str) -> tzinfo | None:
    return ZoneInfo(name) if name in _known_regions() else None


@lru_cache(maxsize=1)
def _known_regions() -> frozenset[str]:
    """The names in the database of this system: the search for a name that is not there takes a millisecond each."""
    return frozenset(available_timezones())
