"""Finds dates in the text of pages and in URLs."""

from __future__ import annotations

import re

from aggregator.text.date_order import Numbers, day_first_in, numeric_date
from aggregator.text.dates import parse_date

LONGEST = 90
"""Maximum length of a line that states a date, in characters; in a longer one a date is part of a sentence."""

_DAY, _YEAR = r"(?:[0-3]?\d)", r"(?:(?:19|20)\d\d)"
_MONTH = r"[^\W\d_]{3,14}\.?"
_ZONE = r"(?:\s(?:[A-Z]{2,4}\b|[+-]\d\d:?\d\d))?"
_CLOCK = (
    rf"(?:[\s,|·•–-]{{1,4}}(?:at |um |kl\. ?|à )?(?:[01]?\d|2[0-3]):[0-5]\d(?::\d\d)?(?:\s?[ap]\.?m\b\.?)?{_ZONE})?"
)
_WRITTEN = re.compile(
    rf"""\b(?:
    {_YEAR}-[01]\d-[0-3]\d(?:[T\s][0-2]\d:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?\s?(?:Z\b|[+-]\d\d:?\d\d)?)?
    | {_DAY}(?:st|nd|rd|th|er|º|\.)?(?:\s|-)(?:de\s|of\s)?{_MONTH},?(?:\s|-)(?:de\s|del\s)?{_YEAR}{_CLOCK}
    | {_MONTH}\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}{_CLOCK}
    )""",
    re.VERBOSE,
)
_NUMBERS = re.compile(
    r"(?<![\w./-])(\d{1,4})([./-])(?:(?<=\.)\s)?(\d{1,2})\2(?:(?<=\.)\s)?(\d{4}|\d{1,2})(?![\d/-]|\.\d)"
)
_CJK = re.compile(r"((?:19|20)\d\d)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_ERA = re.compile(r"(令和|平成)\s?(\d{1,2}|元)\s?(?=年)")
_ERAS = {"令和": 2018, "平成": 1988}
"""The year before the first year of each Japanese era."""
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
_IN_URL_COMPACT = re.compile(r"/((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.-])")
_MONTH_NAME = re.compile(
    r"/((?:19|20)\d\d)/(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}/(\d{1,2})(?=/|$)"
)


def date_order(text: str, language: str = "") -> str:
    """Return which comes first in the numeric dates of a page, as in 3/4/2026: "day", "month", or "" if unknown.

    `text`: of the page; `language`: the language that the page declares.
    """
    dates = (date for date in _NUMBERS.finditer(text) if date[2] == "/" and len(date[1]) < 3)
    pairs = [(int(date[1]), int(date[3])) for date in dates]
    day_first, month_first = any(12 < a <= 31 for a, _ in pairs), any(12 < b <= 31 for _, b in pairs)
    if day_first != month_first:
        return "day" if day_first else "month"
    return {True: "day", False: "month", None: ""}[day_first_in(language)]


def find_date(line: str, order: str = "") -> str | None:
    """Return the date that a line of text states, in a form that `parse_date` reads, or None.

    A date within a sentence does not count. `order`: see `date_order`.
    """
    if len(line) > LONGEST:
        return None
    if not line.isascii():  # digits of other scripts, years of Japanese eras
        line = re.sub(r"\d", lambda digit: str(int(digit[0])), line)
        line = _ERA.sub(lambda era: str(_ERAS[era[1]] + int(era[2].replace("元", "1"))), line)
    for match in _WRITTEN.finditer(line):
        text = " ".join(match[0].split())
        if parse_date(text):
            return text
    if match_cjk := _CJK.search(line):
        return _iso(*match_cjk.groups())
    numbers = _NUMBERS.search(line)
    return _numeric_date(numbers, order) if numbers else None


def _numeric_date(match: re.Match[str], order: str) -> str | None:
    first, separator, second, third = match.groups()
    if len(first) == 4:
        return _iso(first, second, third)
    if len(first) > 2 or (separator == "-" and len(third) < 4):
        return None
    if separator == "." and len(third) < 4 and len(first + second + third) < 6:
        return None  # a version number
    numbers = Numbers(first, separator, second, third.zfill(2))
    date = numeric_date(numbers, day_first={"day": True, "month": False}.get(order), language=None)
    return date.isoformat() if date else None


def _iso(year: str, month: str, day: str) -> str | None:
    text = f"{year}-{month:0>2}-{day:0>2}"
    return text if parse_date(text) else None


def date_in_url(url: str) -> str | None:
    """Return the day in the path of a URL such as /2026/11/27/a-headline, or None."""
    if match := _IN_URL.search(url) or _IN_URL_COMPACT.search(url):
        return _iso(*match.groups())
    if match := _MONTH_NAME.search(url):
        return f"{match[3]} {match[2]} {match[1]}"
    return None
