"""Find the time of day in the text of a date: 10:00 PM, 10h30, 10.00 Uhr, klo 10.00, 15時20分."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

_HALF = (
    r"(?:[ap]\.?\s?m\.?|[πμ]\.?\s?μ\.?|[pm]\.\s?d\.?|e\s(?:para|pas)dites|[صم]|o[os]|오전|오후|[上下]午|午[前後]|凌晨|早上|晚上)"
    r"(?![^\W\d_])"
)
_AFTERNOON = frozenset("p pm μμ md epasdites م os 오후 下午 午後 晚上".split())
_HALF_BEFORE = re.compile(rf"(?<![^\W\d_])({_HALF})\s?$|([上下]午|午[前後]|凌晨|早上|晚上|오전|오후)\s?$")
_HALF_AFTER = re.compile(rf"\s?({_HALF}|[ap](?![\w.']))")
_AT = r"(?:klo|kl|um|at|ore|ora|orele|alle|kello|kell|ob|om|saat|plkst|v|u|o|в|у|о|à|a|as)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<![\d:+-])(\d{1,2})\s?:\s?(\d{1,2})(?:\s?:\s?(\d{1,2})(?:[.,]\d{1,12})?)?(?![\d:])",
        r"(?<![\d.])(\d{1,2})\s?(?:h|heures?|hod|uhr|[時时點点시])(?![^\W\d_])"
        r"(?:\s?(\d{1,2})(?!\d)(?:\s?(?:min|m|[分분]))?(?![^\W\d_]))?(?:\s?(\d{1,2})\s?[s秒초](?![^\W\d_]))?",
        r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?\s?(?:uhr|uur|hod|h|val)\b",
        rf"\b{_AT}\.?\s(\d{{1,2}})\.(\d{{2}})(?:\.(\d{{2}}))?(?![\d.])",
        r"(?<![\d.:])(\d{1,2})()()(?=\s?[ap]\.?\s?m\b)",
        r"\b(?:klo|kl|kello|kell|plkst)\.?\s(\d{1,2})()()(?![\d.])",
        r"(?:(?<=\d{4})|(?<=[/.]\d\d))[,.;|]?\s(?:-\s)?(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d.])",
        r"(?:(?<=\d{4})|(?<=-\d\d)),?[\st](?:-\s)?([01]\d|2[0-3])([0-5]\d)()(?![\d.:])",
    )
)
"""Times of day, the surest form first: 10:00, 10h30, 10.00 Uhr, klo 10.00, 10 pm, kl. 10; 10.00, 1000 after a date."""
_DATE_AT_END = re.compile(r"(?<!\d)\d{4}(?:[-/.]\d\d?[-/.]\d\d?)?(?=\s[^\d+-]{0,40}(?:[+-][\d:]{1,8})?$)")


class Clock(NamedTuple):
    """A time of day, as the time since midnight. `before`, `after`: the text around it."""

    time: timedelta
    before: str
    after: str


def find_clock(text: str) -> Clock:
    """Return the time of day that a folded text states: midnight if it states none. Raises ValueError if impossible.

    Without a time, the text is split behind a date at its end, where a time zone may follow.
    """
    match = next((match for form in _FORMS if (match := form.search(text))), None)
    if match is None:
        date = _DATE_AT_END.search(text)
        end = date.end() if date else len(text)
        return Clock(timedelta(), text[:end], text[end:])
    before, after = text[: match.start()], text[match.end() :]
    half, last = "", before[-12:]
    if found := _HALF_AFTER.match(after):
        half, after = found[1], after[found.end() :]
    elif found := _HALF_BEFORE.search(last):
        half, before = found[1] or found[2], before[: len(before) - len(last) + found.start()]
    return Clock(time_of_day(match[1], match[2], match[3], half), before, after)


def time_of_day(
    hour: str | None, minute: str | None = None, second: str | None = None, half: str | None = None
) -> timedelta:
    """Return a time as the time since midnight. Raises ValueError if it is impossible, as 13:00 AM is.

    Hour 24 is midnight of the next day (ISO 8601); a leap second counts as the second after it.
    """
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and minutes + seconds):
        raise ValueError("no time of day")
    if half:
        afternoon = re.sub(r"[.\s]", "", half.lower()) in _AFTERNOON
        if hours > 12 and not afternoon:
            raise ValueError("an hour after noon that is said to be before it")
        hours = hours if hours > 12 else hours % 12 + 12 * afternoon
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)
