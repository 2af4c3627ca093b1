"""What is wrong with an expression, and where: one line, and below it the place, marked."""

from __future__ import annotations

import unicodedata

from aggregator.text.plain import shorten

SHOWN = 100
"""Columns of an expression that are shown."""

INSTEAD = {
    "=": "==", "=~": "~", "!": "not", "<>": "!=", "=>": ">=", "=<": "<=", "&&": "and", "&": "and", "||": "or",
    "|": "or", "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "And": "and", "Or": "or", "Not": "not", "In": "in",
    "matches": "~", "contains": "~", "is": "==",
}  # fmt: skip
"""What people write who know another language, and how it is written here."""


class ExpressionError(ValueError):
    """An expression is none. `str()` of it: what is wrong, the line, and a caret below each character of the place,
    which begins at `start`."""

    def __init__(self, said: str, text: str, start: int, end: int) -> None:
        self.start = start
        super().__init__(f"{said}\n{_marked(text, start, end)}" if text.strip() else said)


def _marked(text: str, start: int, end: int) -> str:
    """The line of the text that holds the place, white space single, and below it the place, marked."""
    first = text.rfind("\n", 0, start) + 1
    line = text[first:].partition("\n")[0]
    before = _spaced(line[: start - first]).lstrip()
    if columns(before) > SHOWN // 2:
        before = f"…{before[-SHOWN // 2 :]}"
    after = _spaced(line[start - first :]).rstrip()
    room = SHOWN - columns(before)
    carets = "^" * max(1, min(columns(line[start - first : end - first]), room))
    return f"| {before}{shorten(after, room)}\n| {' ' * columns(before)}{carets}"


def _spaced(text: str) -> str:
    """Every run of white space as one space: a terminal gets no tabs."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


def columns(text: str) -> int:
    """How wide it is on a terminal."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
