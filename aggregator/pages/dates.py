"""Dates as pages write them, and those in addresses."""

from __future__ import annotations

import re

from aggregator.text.dates import parse_date

LONGEST = 90
"""Characters of a line that may be the line of a date; in longer ones a date is one that is told of."""

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
_CHARACTERS = re.compile(r"((?:19|20)\d\d)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_ERA = re.compile(r"(令和|平成)\s?(\d{1,2}|元)\s?(?=年)")
_ERAS = {"令和": 2018, "平成": 1988}
"""The year before the first of a Japanese era."""
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
_IN_ADDRESS_SHORT = re.compile(r"/((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/_.-])")
_MONTH_NAME = re.compile(
    r"/((?:19|20)\d\d)/(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}/(\d{1,2})(?=/|$)"
)


def order_of(text: str, language: str = "") -> str:
    """In which order a page writes day and month where it writes numbers alone, 3/4/2026: "day" or "month" first, or
    "" where nothing tells. `text`: of the page; `language`: what it says that it is written in."""
    found = [(int(one[1]), int(one[3])) for one in _NUMBERS.finditer(text) if one[2] == "/" and len(one[1]) < 3]
    day, month = any(12 < a <= 31 for a, _ in found), any(12 < b <= 31 for _, b in found)
    if day != month:
        return "day" if day else "month"
    if language.startswith("en-us"):
        return "month"
    return "" if language in ("", "en") else "day"


def date_in(line: str, order: str = "") -> str | None:
    """The date that a line of text bears, as text that `parse_date` reads; None where it bears none, or tells of one
    in a sentence. `order`: as of `order_of`."""
    if len(line) > LONGEST:
        return None
    if not line.isascii():  # digits of other scripts, years of Japanese eras
        line = re.sub(r"\d", lambda digit: str(int(digit[0])), line)
        line = _ERA.sub(lambda era: str(_ERAS[era[1]] + int(era[2].replace("元", "1"))), line)
    for found in _WRITTEN.finditer(line):
        text = (
            re.sub(r"[,|·•–-]\s*(?=\d{1,2}:)|\b(?:at|um|kl\.?|à) (?=\d)|º", " ", found[0])
            if ":" in found[0]
            else found[0]
        )
        text = re.sub(r"\s+", " ", text).strip().replace(" del ", " de ").replace(" of ", " ")
        if parse_date(text):
            return text
    if characters := _CHARACTERS.search(line):
        return _iso(*characters.groups())
    numbers = _NUMBERS.search(line)
    return _numbers(numbers, order) if numbers else None


def _numbers(found: re.Match[str], order: str) -> str | None:
    first, mark, second, third = found.groups()
    if len(first) == 4:
        return _iso(first, second, third)
    if len(first) > 2 or (mark == "-" and len(third) < 4):
        return None
    if mark == "." and len(third) < 4 and len(first + second + third) < 6:
        return None  # as versions have
    day, month = first, second
    if mark == "/" and order != "day":
        if not order and first != second and max(int(first), int(second)) <= 12:
            return None  # nobody can tell
        if order == "month" or int(second) > 12:
            day, month = second, first
    year = third if len(third) == 4 else f"{'20' if int(third) < 70 else '19'}{third:0>2}"
    return _iso(year, month, day)


def _iso(year: str, month: str, day: str) -> str | None:
    text = f"{year}-{month:0>2}-{day:0>2}"
    return text if parse_date(text) else None


def date_of_address(url: str) -> str | None:
    """The day in an address such as /2026/11/27/a-headline, or None."""
    if found := _IN_ADDRESS.search(url) or _IN_ADDRESS_SHORT.search(url):
        return _iso(*found.groups())
    if found := _MONTH_NAME.search(url):
        return f"{found[3]} {found[2]} {found[1]}"
    return None
