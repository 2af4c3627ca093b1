"""The type of plugin options and settings that are written as expressions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from aggregator.expressions.fields import Subject
    from aggregator.expressions.parsing import About
    from aggregator.expressions.tree import Condition


def read_expression(text: str, about: About = "articles") -> Expression:
    """Parse and check an expression. Raises ExpressionError, which is a ValueError. `about`: as for `parse`."""
    from aggregator.expressions.parsing import parse  # deferred: few configurations contain expressions

    return Expression(parse(text, about))


class Expression(Struct, frozen=True):
    """A condition on an article, such as `source == "BBC" and title ~ "(?i)live"`.

    As an option (`where: Expression | None = None`) it is written as text, and checked before the run. `str()` returns
    the text in its normal form.
    """

    condition: Condition

    as_option: ClassVar[Meta] = Meta(
        title='an expression such as `title ~ "(?i)live"`', extra={"written": str, "read": read_expression}
    )

    def holds(self, subject: Subject, now: datetime | None = None) -> bool:
        """Return whether this article or story satisfies it. `now`: the time from which `age` is counted, by default
        the current time."""
        return self.condition.holds(subject, now)

    def __str__(self) -> str:
        return str(self.condition)
