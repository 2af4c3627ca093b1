"""The types of fields: their operators, the values they are compared with, and the comparisons."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from aggregator.expressions.operators import NEGATED, OPERATORS
from aggregator.expressions.values import Value
from aggregator.text.dates import parse_date
from aggregator.text.languages import normalise_language
from aggregator.text.patterns import SEARCHED
from aggregator.text.units import parse_duration

Matcher = Callable[[Any, tuple[Any, ...]], bool]


class FieldType(Struct, frozen=True):
    """The type of a field.

    `name`: in words, with an article; `matchers`: by operator, whether a value of the field matches the values of the
    expression; `expected`: describes the values of the expression; `read`: converts the type and text of a token to a
    value, or raises ValueError; `optional`: whether the field can be used as a condition by itself ("has a value").
    """

    name: str
    matchers: Mapping[str, Matcher]
    expected: str
    read: Callable[[str, str], Value]
    optional: bool = False

    @property
    def operators(self) -> list[str]:
        """The supported operators, including negated ones."""
        return [sign for sign in OPERATORS if NEGATED.get(sign, sign) in self.matchers]


def _equals(text: str, values: tuple[str, ...]) -> bool:
    folded = text.casefold()
    return any(folded == value.casefold() for value in values)


def _in_language(tag: str, values: tuple[str, ...]) -> bool:
    """Return whether a tag is one of the languages or a variety of one: "pt-BR" is in "pt"."""
    folded = f"{tag.casefold()}-"
    return any(folded.startswith(f"{value.casefold()}-") for value in values)


def _matches(text: str, values: tuple[re.Pattern[str], ...]) -> bool:
    return values[0].search(text, 0, SEARCHED) is not None


def _ordered(compare: Callable[[Any, Any], bool]) -> Matcher:
    return lambda value, values: compare(value, values[0])


_ORDERS = {
    sign: _ordered(compare)
    for sign, compare in (("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge))
}


def _read_text(token: str, text: str) -> str:
    if token != "TEXT":  # noqa: S105 - the type of a token
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


TEXT = FieldType("text", {"==": _equals, "~": _matches, "in": _equals}, "text in quotes", _read_text, optional=True)
LIST = FieldType("a list of text", {**TEXT.matchers, "has": _equals}, TEXT.expected, _read_text, optional=True)
LANGUAGE = FieldType(
    "a language",
    {"==": _in_language, "~": _matches, "in": _in_language},
    'a language tag in quotes, such as "en" or "pt-BR"',
    _read_language,
    optional=True,
)
NUMBER = FieldType("a number", {"==": _ordered(operator.eq), **_ORDERS}, "a whole number such as 3", _read_number)
MOMENT = FieldType("a time", _ORDERS, "a time such as 2026-11-01 or 2026-11-01T08:30", _read_moment, optional=True)
SPAN = FieldType("a length of time", _ORDERS, "a length of time such as 36h or 2d", _read_span)
