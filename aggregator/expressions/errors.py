"""The error of an invalid expression: a message, and below it the text with a caret at the position."""

from __future__ import annotations

import unicodedata

from aggregator.text.plain import shorten

MAX_COLUMNS = 100
"""Columns of an expression that a message shows at most."""

CORRECTIONS = {
    "=": "==", "=~": "~", "!": "not", "<>": "!=", "=>": ">=", "=<": "<=", "&&": "and", "&": "and", "||": "or",
    "|": "or", "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "And": "and", "Or": "or", "Not": "not", "In": "in",
    "matches": "~", "contains": "~", "is": "==",
}  # fmt: skip
"""Operators of other languages, and the operator to use instead."""


class ExpressionError(ValueError):
    """Invalid expression. `str()` returns the message, the line, and carets below the error, from `start` to `end`."""

    def __init__(self, message: str, text: str, start: int, end: int) -> None:
        self.start = start
        super().__init__(f"{message}\n{_mark(text, start, end)}" if text.strip() else message)


def _mark(text: str, start: int, end: int) -> str:
    """Return the line that contains `start`, with white space collapsed, and a line of carets below it."""
    first = text.rfind("\n", 0, start) + 1
    line = text[first:].partition("\n")[0]
    before = _collapse_spaces(line[: start - first]).lstrip()
    if columns(before) > MAX_COLUMNS // 2:
        before = f"…{before[-MAX_COLUMNS // 2 :]}"
    after = _collapse_spaces(line[start - first :]).rstrip()
    room = MAX_COLUMNS - columns(before)
    carets = "^" * max(1, min(columns(line[start - first : end - first]), room))
    return f"| {before}{shorten(after, room)}\n| {' ' * columns(before)}{carets}"


def _collapse_spaces(text: str) -> str:
    """Replace each run of white space with one space, so that carets line up without tabs."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"


def columns(text: str) -> int:
    """Return the width of the text on a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
