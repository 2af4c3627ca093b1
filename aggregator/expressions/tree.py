"""An expression as a checked tree: it says whether it holds, and prints as it is written."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from msgspec import Meta, Struct

from aggregator.text.units import format_duration

if TYPE_CHECKING:
    from aggregator.expressions.fields import Field, Subject

Value = str | int | datetime | timedelta | re.Pattern[str]

OPERATORS = ("==", "!=", "~", "!~", "<", "<=", ">", ">=", "in", "not in", "has", "has not")
NEGATED = {"!=": "==", "!~": "~", "not in": "in", "has not": "has"}
"""Operators that hold where the other does not."""
REVERSED = {"has": "in", "has not": "not in"}
"""Operators with the field on their right, and how they are written: `"world" in tags`."""


def _read(text: str) -> Expression:
    from aggregator.expressions.parsing import parse  # the grammar is loaded where there is something to read

    return parse(text)


class Expression(Struct, frozen=True):
    """A condition on an article, such as `source == "BBC" and title ~ "(?i)live"`.

    As an option (`where: Expression | None = None`) it is written as text, and checked before the run. `str()` of it is
    that text.
    """

    as_option: ClassVar[Meta] = Meta(
        title='an expression such as `title ~ "(?i)live"`', extra={"written": str, "read": _read}
    )

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        """Whether it holds for this article or story. `now`: what an `age` is counted from, if not from this
        moment."""
        raise NotImplementedError


class AnyOf(Expression, frozen=True):
    """`a or b or c`."""

    parts: tuple[Expression, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return any(part.holds(subject, now) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(_inner(part, AnyOf) for part in self.parts)


class AllOf(Expression, frozen=True):
    """`a and b and c`."""

    parts: tuple[Expression, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return all(part.holds(subject, now) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(_inner(part, AnyOf, AllOf) for part in self.parts)


class Not(Expression, frozen=True):
    """`not a`."""

    part: Expression

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return not self.part.holds(subject, now)

    def __str__(self) -> str:
        return f"not {_inner(self.part, AnyOf, AllOf)}"


class Known(Expression, frozen=True):
    """`image`: there is one."""

    field: Field

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return any(self.field.found(subject, now))

    def __str__(self) -> str:
        return self.field.name


class Compared(Expression, frozen=True):
    """`title ~ "live"`, `language in ("en", "de")`, `"world" in tags`: one of the field's values satisfies it; a
    negated one holds where none does."""

    field: Field
    operator: str
    values: tuple[Value, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        positive = NEGATED.get(self.operator)
        check = self.field.kind.checks[positive or self.operator]
        found = any(check(value, self.values) for value in self.field.found(subject, now))
        return found if positive is None else not found

    def __str__(self) -> str:
        written = [write_value(value) for value in self.values]
        if self.operator in REVERSED:
            return f"{written[0]} {REVERSED[self.operator]} {self.field.name}"
        many = self.operator in REVERSED.values()
        return f"{self.field.name} {self.operator} " + (f"({', '.join(written)})" if many else written[0])


def _inner(part: Expression, *looser: type[Expression]) -> str:
    return f"({part})" if isinstance(part, looser) else str(part)


def depth(expression: Expression) -> int:
    """How deeply it is nested."""
    if isinstance(expression, Not):
        return 1 + depth(expression.part)
    if isinstance(expression, AnyOf | AllOf):
        return 1 + max(depth(part) for part in expression.parts)
    return 0


def write_value(value: Value) -> str:
    """A value as it stands in an expression."""
    if isinstance(value, re.Pattern):
        return quote(value.pattern)
    if isinstance(value, datetime):
        naive = value.replace(tzinfo=None)  # all are UTC
        return naive.date().isoformat() if naive.time() == time() else naive.isoformat()
    if isinstance(value, timedelta):
        return format_duration(value)
    return quote(value) if isinstance(value, str) else str(value)


def quote(text: str) -> str:
    """Text in quotes; a backslash stands for itself, and a quote within is doubled."""
    mark = "'" if '"' in text and "'" not in text else '"'
    return f"{mark}{text.replace(mark, mark * 2)}{mark}"
