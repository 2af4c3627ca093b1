"""The checked tree of an expression: evaluates conditions, and formats them as text."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from aggregator.expressions.fields import Field, Subject
from aggregator.expressions.operators import NEGATED, REVERSED
from aggregator.expressions.values import Value, format_value


class Condition(Struct, frozen=True):
    """A node of the tree. `str()` returns its text."""

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        """Return whether this article or story satisfies it. `now`: the time from which `age` is counted, by default
        the current time."""
        raise NotImplementedError


class AnyOf(Condition, frozen=True):
    """`a or b or c`."""

    parts: tuple[Condition, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return any(part.holds(subject, now) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(_format_part(part, AnyOf) for part in self.parts)


class AllOf(Condition, frozen=True):
    """`a and b and c`."""

    parts: tuple[Condition, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return all(part.holds(subject, now) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(_format_part(part, AnyOf, AllOf) for part in self.parts)


class Not(Condition, frozen=True):
    """`not a`."""

    part: Condition

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return not self.part.holds(subject, now)

    def __str__(self) -> str:
        return f"not {_format_part(self.part, AnyOf, AllOf)}"


class Exists(Condition, frozen=True):
    """`image`: the field has a value."""

    field: Field

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        return any(self.field.values_of(subject, now))

    def __str__(self) -> str:
        return self.field.name


class FieldComparison(Condition, frozen=True):
    """`title ~ "live"`, `language in ("en", "de")`, `"world" in tags`: one of the field's values satisfies it. With a
    negated operator: none of them satisfies the operator that it negates."""

    field: Field
    operator: str
    values: tuple[Value, ...]

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        positive = NEGATED.get(self.operator)
        matches = self.field.type.matchers[positive or self.operator]
        satisfied = any(matches(value, self.values) for value in self.field.values_of(subject, now))
        return satisfied if positive is None else not satisfied

    def __str__(self) -> str:
        values = [format_value(value) for value in self.values]
        if self.operator in REVERSED:
            return f"{values[0]} {REVERSED[self.operator]} {self.field.name}"
        takes_list = self.operator in REVERSED.values()
        return f"{self.field.name} {self.operator} " + (f"({', '.join(values)})" if takes_list else values[0])


def _format_part(part: Condition, *looser: type[Condition]) -> str:
    """Format an operand, in parentheses where it binds less tightly."""
    return f"({part})" if isinstance(part, looser) else str(part)


def depth(condition: Condition) -> int:
    """Return how deeply a condition is nested."""
    if isinstance(condition, Not):
        return 1 + depth(condition.part)
    if isinstance(condition, AnyOf | AllOf):
        return 1 + max(depth(part) for part in condition.parts)
    return 0
