"""The grammar of expressions, and the messages for syntax errors."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from aggregator.expressions.errors import CORRECTIONS, ExpressionError
from aggregator.expressions.values import quote

if TYPE_CHECKING:
    from lark import Lark, ParseTree, UnexpectedInput

GRAMMAR = r"""
?start: any_of

?any_of: all_of ("or" all_of)*
?all_of: _single ("and" _single)*
_single: negation | exists | compared | among | not_among | has | has_not | "(" any_of ")"

negation: "not" _single
exists: NAME
compared: NAME SIGN _value
among: NAME IN _values
not_among: NAME NOT IN _values
has: _value IN NAME
has_not: _value NOT IN NAME

_values: "(" _value ("," _value)* ","? ")"
_value: TEXT | NUMBER | SPAN | DAY

IN: "in"
NOT: "not"
SIGN: "==" | "!=" | "!~" | "~" | "<=" | ">=" | "<" | ">"
NAME: /[A-Za-z_][A-Za-z0-9_]*/
TEXT: /"(?:[^"\n]|"")*"|'(?:[^'\n]|'')*'/
DAY.3: /[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?/
SPAN.2: /(?:[0-9]+(?:\.[0-9]+)?[A-Za-z]+)+/
NUMBER: /[0-9]+/

%ignore /\s+/
"""

_PIECE = re.compile(r"""[\w.]+|[=!<>~&|]+|"[^"\n]*"|'[^'\n]*'|.""", re.DOTALL)


@cache
def _grammar() -> Lark:
    from lark import Lark  # takes 50 ms, so loaded only when an expression is parsed

    return Lark(GRAMMAR, parser="lalr", lexer="basic")


def parse_tree(text: str) -> ParseTree:
    """Parse a text into rules and tokens. Raises ExpressionError."""
    from lark import UnexpectedInput

    try:
        return _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(text, error) from None


def _syntax_error(text: str, error: UnexpectedInput) -> ExpressionError:
    """Describe the first position that does not follow the grammar."""
    from lark import UnexpectedToken

    if not isinstance(error, UnexpectedToken):
        return _unexpected_piece(text, error.pos_in_stream or 0, ())
    if error.token.type == "$END":
        end = len(text.rstrip())
        return ExpressionError(f"the expression ends here: {_expected(error.accepts)}", text, end, end + 1)
    return _unexpected_piece(text, error.token.start_pos or 0, error.accepts)


def _unexpected_piece(text: str, start: int, expected: Collection[str]) -> ExpressionError:
    match = _PIECE.match(text, start)
    piece = match[0] if match else ""
    return ExpressionError(_message(piece, expected), text, start, start + len(piece))


def _message(piece: str, expected: Collection[str]) -> str:
    if piece in ('"', "'"):
        return f"this quote is not closed; write a {piece} within the text twice"
    if piece in CORRECTIONS:
        return f'did you mean "{CORRECTIONS[piece]}"?'
    if "TEXT" in expected and "NAME" not in expected and piece[0].isalpha():
        return f"text must be in quotes: {quote(piece)}"
    return _expected(expected) if expected else f"unexpected {piece}"


def _expected(expected: Collection[str]) -> str:
    """Describe what the grammar allows here, from the names of tokens."""
    if "NAME" in expected:
        return 'expected a condition such as `title ~ "live"`' if "TEXT" in expected else "expected a field"
    if "TEXT" in expected:
        return 'expected a value such as "text", 3, 2d or 2026-11-01'
    if "SIGN" in expected:
        return "expected `and`, `or` or a comparison such as `== …`, `~ …` or `in (…)`"
    if "LPAR" in expected:
        return 'expected a list such as ("en", "de")'
    if "COMMA" in expected:
        return "expected a comma or `)`"
    if "NOT" in expected:
        return 'the field comes first, as in `source == "BBC"`; only `in` and `not in` can follow a value'
    if "IN" in expected:
        return "expected `in`"
    return "missing `)`" if "RPAR" in expected else "expected `and` or `or`"
