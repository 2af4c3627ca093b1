"""Decide which comes first in numeric dates such as 11/03/2026: the day or the month.

Nothing is guessed: a date whose day and month cannot be told apart is unknown. An article without a date gets the time
when it was first seen, which is right within hours for a news feed. A swapped date is months off, puts the article at
the wrong end of the edition, and looks right to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple

LONGEST = 200
"""Maximum length of the text of a date, in characters; one with an escaped time zone in words has about 100."""
_PAIR = re.compile(r"(?<![\d./-])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(?:\d{4}|\d\d)(?!\d)")
_BOTH_ORDERS = frozenset({"en", "zh", "ja", "ko", "mn"})
"""Languages that write a numeric date with the year at its end in both orders."""
_BEGIN_WITH_THE_YEAR = frozenset({"zh", "ja", "ko", "mn", "hu", "eu", "lt"})
"""Languages that write a date with a year of two digits with the year first."""


def day_first_habit(texts: Iterable[str]) -> bool | None:
    """Return whether the numeric dates of one feed begin with the day; None if they do not show it.

    `texts`: the raw dates of the items. A number above 12 decides for all of them: 31/03/2026 begins with the day,
    03/31/2026 with the month. Contradictory dates decide nothing.
    """
    seen = {order for text in texts if _may_be_numeric(text) and (order := _order_shown(text)) is not None}
    return seen.pop() if len(seen) == 1 else None


def _may_be_numeric(text: str) -> bool:
    if text[10:11] == "T":
        return False
    return "/" in text or "." in text or ("-" in text[:14] and text[4:5] != "-")


def _order_shown(text: str) -> bool | None:
    match = _PAIR.search(text[:LONGEST])
    if not match:
        return None
    first, second = int(match[1]), int(match[3])
    if 12 < first <= 31 and 1 <= second <= 12:
        return True
    return False if 12 < second <= 31 and 1 <= first <= 12 else None


@lru_cache(maxsize=256)
def day_first_in(language: str | None) -> bool | None:
    """Return whether a language (BCP 47) writes the day before the month in numbers; None if that is unknown.

    Regions follow the short dates of CLDR, as dateparser has them: en-US writes the month first, en-GB the day. A bare
    "en" decides nothing: American and British publishers alike declare it. Where CLDR writes the year first (sv, hu,
    en-ZA), a date with the year at its end begins with the day, except in Canadian English and in the languages of
    East Asia.
    """
    if not language:
        return None
    code, subtags = _code(language), re.split("[-_]", language.strip())[1:]
    region = next((tag.upper() for tag in subtags if re.fullmatch(r"[A-Za-z]{2}|\d{3}", tag)), "")
    if code in _BOTH_ORDERS and not (code == "en" and region not in ("", "CA")):
        return None
    order = _cldr_order(code, region)
    return None if order is None else order != "MDY"


def _code(language: str | None) -> str:
    return re.split("[-_]", (language or "").strip(), maxsplit=1)[0].lower()


def _cldr_order(code: str, region: str) -> str | None:
    if not re.fullmatch("[a-z]{2,3}", code):
        return None
    try:
        data = import_module(f"dateparser.data.date_translation_data.{code}").info
    except ImportError:
        return None
    regions = data.get("locale_specific", {})
    regional = regions.get(f"{code}-{region}") or (regions.get("en-001") if code == "en" and region else None) or {}
    order: str | None = regional.get("date_order") or data.get("date_order")
    return order


class Numbers(NamedTuple):
    """The parts of a numeric date with the year at its end, as text."""

    first: str
    separator: str
    second: str
    year: str


def numeric_date(numbers: Numbers, *, day_first: bool | None, language: str | None) -> date | None:
    """Return the date of three numbers, or None if it is impossible or ambiguous.

    The only possible reading wins (31/03/2026). Else `day_first` decides, then a dot, which only countries that begin
    with the day put between numbers, then `language`. With a year of two digits, 26/03/11 may begin with the year.
    """
    first, separator, second, year = numbers
    day_month = _date(year, second, first)
    month_day = _date(year, first, second)
    begins = _code(language) in _BEGIN_WITH_THE_YEAR
    year_first = _date(first, second, year) if len(first) == len(year) == 2 and (begins or separator != ".") else None
    if begins and year_first and day_first is None:
        return year_first
    possible = {found for found in (day_month, month_day, year_first) if found}
    if len(possible) < 2:
        return possible.pop() if possible else None
    if day_first is None:
        day_first = True if separator == "." else day_first_in(language)
    if day_first is None:
        return None
    return (day_month or month_day) if day_first else (month_day or day_month)


def full_year(text: str) -> int:
    """Return a year of four digits, or of two: 69 is 2069, 70 is 1970."""
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < 70 else 1900)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(full_year(year), int(month), int(day))
    except ValueError:
        return None
