"""Read dates that follow no standard: what publishers write for people, in the languages of Europe and East Asia.

A text is read in parts: the time with its zone, then the date, numeric or with the name of its month. Each word and
each number must have a meaning. A text with one that is unknown is no date, rather than a date without that part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from html import unescape
from typing import NamedTuple

from aggregator.text.clock_times import find_clock
from aggregator.text.date_order import LONGEST, Numbers, full_year, numeric_date
from aggregator.text.month_names import fold, is_weekday, month_number
from aggregator.text.time_zones import IANA_NAME, is_zone, offset_minutes, to_utc

_FEWEST_DIGITS = 3
"""Digits of the shortest date, 1 May 26."""

_MINUS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ORDINAL = re.compile(
    r"(?<=\d)(?<!:\d\d)(?::?(?:st|nd|rd|th|er|ere|eme|re|mh|ste|de|os|ος|η|го|[aeonr])\b|-(?:an|en|e|i|jen|ei|ai)\b"
    r"|\((?:e|a|an|ean)\)(?:ko|an)?)"
)
_ORDINAL_SIGN = re.compile(r"(?<=\d)\.?[ºª°]")
_GO_CLOCK = re.compile(r"\sm=[+-]\d{1,12}\.\d{1,12}$")
_LOG_TIME = re.compile(r"(?<=/\d{4}):(?=\d\d:)")
_COMMENT = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_OFFSET = re.compile(
    r"(?:\b(?:gmt|utc|ut|z|[ecmp][ds]t|ces?t)\s?|(?<![\w.]))([+-])(\d{1,2}(?:[:.]?\d\d)?(?::\d\d)?)(?![\d./])"
    r"|\b(?:gmt|utc)\s?([+-])\s(\d{1,2}(?::?\d\d)?)(?![\d./])"
)
_NAME_BESIDE_OFFSET = re.compile(r"^\s?(?!gmt|utc)[a-z]{2,5}\b(?=\s?[+-])|(?<=[\d:]{2})\s[a-z]{2,5}$")
"""A name that says the same as an offset, and so need not be known: 10:00 XYZT +0200, 10:00 +0200 XYZT."""
_WEEK = re.compile(r"(?<!\d)(\d{4})-?w(\d\d)(?:-?([1-7]))?(?!\d)")
_YEAR_FIRST = re.compile(r"(?<![\d.])(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_CJK = re.compile(r"(?<!\d)(\d{4})\s?([年년])\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日號号일]?")
_CJK_WEEKDAY = re.compile(
    "(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[日月火水木金土]曜日?|[일월화수목금토]요일|\\([日月火水木金土일월화수목금토]\\)"
)
_YEAR_LAST = re.compile(r"(?<![\w.])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?'?(\d{4}|\d\d)(?!\d)")
_TOKEN = re.compile(r"\d+|[^\W\d_][^\s\d.,;:،|·•/()\[\]+'\"@_-]*")
_PUNCTUATION = re.compile(r"[\s.,;:،|·•/()\[\]'\"@_-]*")
_CONNECTIVES = frozenset(
    fold(
        "a al alla alle am an as at b c d da dal das de dei del della dels den der dhen di die do dos du e eko el "
        "em en et fir gada gg godz godzina h heure heures hod hodin hodz hora horas hour hours hr hrs hs i il ils "
        "in ja kell kello kl klo klockan ko kom kor la las le les lo los m mi na no o ob of om on or ora orai ore "
        "orele os pe pl plkst r rg s sa saat sat sati t ta tal the time to tou u uhr um uur uz v val z óra orë г "
        "год года годзіне година години годині годин о в у ч час часа часов р року рік στις τις ώρα την το թ "
        "الساعة"
    ).split()
)
"""Words that mean nothing beside a date: prepositions, articles, and words for "year" and "o'clock"."""


class _Found(NamedTuple):
    day: date
    before: Sequence[str]
    after: Sequence[str]
    """The words before and after the time that are no part of the date."""


def read_written(text: str, language: str | None, day_first: bool | None) -> datetime | None:
    """Return a date in UTC, or None if the text is none. `language`, `day_first`: see `parse_date`.

    Raises ValueError or OverflowError for an impossible date.
    """
    cased = _cleaned(text)
    if len(cased) > LONGEST or sum(map(str.isdigit, cased)) < _FEWEST_DIGITS:
        return None
    place = IANA_NAME.search(cased)
    folded = fold(cased.replace(place[0], " ") if place else cased)
    folded = _ORDINAL.sub(" ", _GO_CLOCK.sub("", folded))
    if not folded.isascii():
        folded = _CJK_WEEKDAY.sub(" ", folded)
    clock = find_clock(_LOG_TIME.sub(" ", folded))
    before, (after, offset) = clock.before, _take_offset(clock.after, place is not None)
    if not _PUNCTUATION.fullmatch(_TOKEN.sub("", before + after)):
        return None
    found = _numeric(before, after, language, day_first) or _named(before, after, language)
    if found is None:
        return None
    beside_clock = found.before[-1:] if clock.before.endswith(tuple(f"{word} " for word in found.before[-1:])) else ()
    zones = {word for word in (*beside_clock, *found.after) if is_zone(word)}
    if not all(word in zones or _is_known(word) for word in (*found.before, *found.after)):
        return None
    zone = offset or (place[0] if place else "") or " ".join(zones)
    return to_utc(datetime(found.day.year, found.day.month, found.day.day) + clock.time, zone)


def _cleaned(text: str) -> str:
    """Return a text without character references, and with ASCII digits, minus signs and single spaces."""
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", _ORDINAL_SIGN.sub("", text)))
        text = re.sub(r"\d", lambda digit: str(int(digit[0])), _MINUS.sub("-", text))
    return " ".join(text.split())


def _take_offset(text: str, has_zone: bool) -> tuple[str, str]:
    """Return what follows a time without its offset from UTC, and the offset. An offset wins over names: PDT -0700.

    A comment in brackets counts only where no zone is stated before it.
    """
    plain = _COMMENT.sub(" ", text)
    if has_zone or _OFFSET.search(plain) or any(is_zone(word) for word in _TOKEN.findall(plain)):
        text = plain
    offsets = {(match[1] or match[3]) + (match[2] or match[4]) for match in _OFFSET.finditer(text)}
    if not offsets:
        return text, ""
    if len({offset_minutes(offset) for offset in offsets}) > 1:
        raise ValueError("two offsets")
    return _OFFSET.sub(" ", _NAME_BESIDE_OFFSET.sub(" ", text)), offsets.pop()


def _numeric(before: str, after: str, language: str | None, day_first: bool | None) -> _Found | None:
    for text in (before, after):
        for form in (_WEEK, _CJK, _YEAR_FIRST, _YEAR_LAST):
            if not (match := form.search(text)):
                continue
            rest = [
                _TOKEN.findall(part.replace(match[0], " ", 1) if part is text else part) for part in (before, after)
            ]
            day = _day_of(match, language, day_first)
            if day is None or any(token.isdigit() for tokens in rest for token in tokens):
                return None
            return _Found(day, *rest)
    return None


def _day_of(match: re.Match[str], language: str | None, day_first: bool | None) -> date | None:
    if match.re is _WEEK:
        return date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1))
    if match.re is _YEAR_LAST:
        return numeric_date(Numbers(*match.groups()), day_first=day_first, language=language)
    return date(int(match[1]), int(match[3]), int(match[4]))


def _named(before: str, after: str, language: str | None) -> _Found | None:
    """Return a date of two numbers and the name of a month, in any order: the number of four digits is the year.

    The first word may be any: it is where weekdays stand, which need not be right, or known. After a time it is a zone.
    """
    first, second = _TOKEN.findall(before), _TOKEN.findall(after)
    tokens = first + second
    numbers = [index for index, token in enumerate(tokens) if token.isdigit()]
    if len(numbers) != 2:
        return None
    low, high = numbers
    day, year = (high, low) if len(tokens[low]) == 4 else (low, high)
    if len(tokens[year]) not in (2, 4) or len(tokens[day]) > 2:
        return None
    # "mar." is a Tuesday in "mar. 24 nov.", so the word between the numbers comes first, then the nearest ones.
    between, others = range(low + 1, high), (*range(low - 1, -1, -1), *range(high + 1, len(tokens)))
    plain = [place for place in (*between, *others) if not _has_other_meaning(tokens[place])]
    places = sorted({*plain, *between}, key=lambda place: (place not in between, place not in plain, abs(place - low)))
    dotted = f"{tokens[day]}." in before + after
    month = next((found for place in places if (found := _month_at(tokens, place, language, dotted))), None)
    if month is None:
        return None
    number, used = month
    used |= {day, year, 0} if first and low > 0 else {day, year}
    rest = [index for index in range(len(tokens)) if index not in used]
    return _Found(
        date(full_year(tokens[year]), number, int(tokens[day])),
        [tokens[index] for index in rest if index < len(first)],
        [tokens[index] for index in rest if index >= len(first)],
    )


def _month_at(tokens: Sequence[str], place: int, language: str | None, dotted: bool) -> tuple[int, set[int]] | None:
    """Return the month that is named at a place, and the places of its name, which may have two words."""
    token = tokens[place]
    if number := month_number(token, language, dotted=dotted):
        return number, {place}
    pair = f"{token} {tokens[place + 1]}" if place + 1 < len(tokens) else ""
    number = month_number(pair, language) if pair else None
    return (number, {place, place + 1}) if number else None


def _has_other_meaning(word: str) -> bool:
    """Return whether a word that may be a month is likelier something else: AWST is a zone, awst is August in Welsh."""
    return word in _CONNECTIVES or is_zone(word)


def _is_known(word: str) -> bool:
    return word in _CONNECTIVES or is_weekday(word)
