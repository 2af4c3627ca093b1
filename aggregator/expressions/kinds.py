"""The kinds of fields: what each may be compared by and with, and when a comparison holds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from aggregator.expressions.tree import NEGATED, OPERATORS, Value
from aggregator.text.dates import parse_date
from aggregator.text.languages import normalise_language
from aggregator.text.patterns import SEARCHED
from aggregator.text.units import parse_duration

Check = Callable[[Any, tuple[Any, ...]], bool]


class Kind(Struct, frozen=True):
    """One kind of fields.

    `name`: what they are, in words; `checks`: by operator, whether one value of the field satisfies what it is compared
    with; `wanted`: what that is, in words; `read`: makes it of the type and the text of a token, or raises ValueError.
    `alone`: whether such a field may stand by itself, and holds where there is something.
    """

    name: str
    checks: Mapping[str, Check]
    wanted: str
    read: Callable[[str, str], Value]
    alone: bool = False

    @property
    def operators(self) -> list[str]:
        """Those it may be compared by, negated ones included."""
        return [one for one in OPERATORS if NEGATED.get(one, one) in self.checks]


def _same(found: str, values: tuple[str, ...]) -> bool:
    folded = found.casefold()
    return any(folded == value.casefold() for value in values)


def _spoken(found: str, values: tuple[str, ...]) -> bool:
    """Whether it is one of the languages, or a variety of one: "pt-BR" is "pt"."""
    folded = f"{found.casefold()}-"
    return any(folded.startswith(f"{value.casefold()}-") for value in values)


def _matches(found: str, values: tuple[re.Pattern[str], ...]) -> bool:
    return values[0].search(found, 0, SEARCHED) is not None


def _ordered(compare: Callable[[Any, Any], bool]) -> Check:
    return lambda found, values: compare(found, values[0])


_ORDERS = {
    sign: _ordered(compare)
    for sign, compare in (("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge))
}


def _read_text(token: str, text: str) -> str:
    if token != "TEXT":  # noqa: S105 - a kind of token
        raise ValueError
    return text


def _read_language(token: str, text: str) -> str:
    tag = normalise_language(_read_text(token, text))
    if tag is None:
        raise ValueError
    return tag


def _read_number(token: str, text: str) -> int:
    if token != "NUMBER" or len(text) > 18:  # noqa: S105
        raise ValueError
    return int(text)


def _read_moment(token: str, text: str) -> datetime:
    moment = parse_date(text) if token in ("DAY", "TEXT") else None
    if moment is None:
        raise ValueError
    return moment


def _read_span(token: str, text: str) -> timedelta:
    if token not in ("SPAN", "TEXT"):
        raise ValueError
    return timedelta(seconds=max(1, round(parse_duration(text).total_seconds())))


TEXT = Kind("text", {"==": _same, "~": _matches, "in": _same}, "text in quotes", _read_text, alone=True)
LIST = Kind("a list of text", {**TEXT.checks, "has": _same}, TEXT.wanted, _read_text, alone=True)
LANGUAGE = Kind(
    "a language",
    {"==": _spoken, "~": _matches, "in": _spoken},
    'a language tag in quotes, such as "en" or "pt-BR"',
    _read_language,
    alone=True,
)
NUMBER = Kind("a number", {"==": _ordered(operator.eq), **_ORDERS}, "a whole number such as 3", _read_number)
MOMENT = Kind("a time", _ORDERS, "a time such as 2026-11-01 or 2026-11-01T08:30", _read_moment, alone=True)
SPAN = Kind("a length of time", _ORDERS, "a length of time such as 36h or 2d", _read_span)
