"""The grammar of expressions, and what to say where a text does not follow it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING

from aggregator.expressions.mistakes import INSTEAD, ExpressionError
from aggregator.expressions.tree import quote

if TYPE_CHECKING:
    from lark import Lark, ParseTree, UnexpectedInput

GRAMMAR = r"""
?start: any_of

?any_of: all_of ("or" all_of)*
?all_of: _single ("and" _single)*
_single: negation | known | compared | among | not_among | has | has_not | "(" any_of ")"

negation: "not" _single
known: NAME
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
    from lark import Lark  # some 50 ms, for those alone who use expressions

    return Lark(GRAMMAR, parser="lalr", lexer="basic")


def parse_tree(text: str) -> ParseTree:
    """The rules and tokens of a text. Raises ExpressionError."""
    from lark import UnexpectedInput

    try:
        return _grammar().parse(text)
    except UnexpectedInput as error:
        raise _mistake(text, error) from None


def _mistake(text: str, error: UnexpectedInput) -> ExpressionError:
    """What to say of the first place that does not fit."""
    from lark import UnexpectedToken

    if not isinstance(error, UnexpectedToken):
        return _misplaced(text, error.pos_in_stream or 0, ())
    if error.token.type == "$END":
        end = len(text.rstrip())
        return ExpressionError(f"here it ends, and {_wanted(error.accepts)}", text, end, end + 1)
    return _misplaced(text, error.token.start_pos or 0, error.accepts)


def _misplaced(text: str, start: int, expected: Collection[str]) -> ExpressionError:
    found = _PIECE.match(text, start)
    piece = found[0] if found else ""
    return ExpressionError(_said(piece, expected), text, start, start + len(piece))


def _said(piece: str, expected: Collection[str]) -> str:
    if piece in ('"', "'"):
        return f"this quote is not closed; text with a {piece} in it writes it twice"
    if piece in INSTEAD:
        return f'did you mean "{INSTEAD[piece]}"?'
    if "TEXT" in expected and "NAME" not in expected and piece[0].isalpha():
        return f"text stands in quotes: {quote(piece)}"
    return _wanted(expected) if expected else f"{piece} means nothing here"


def _wanted(expected: Collection[str]) -> str:
    """What may stand at a place, in words, from the names of tokens."""
    if "NAME" in expected:
        return (
            'a condition must stand here, such as `title ~ "live"`' if "TEXT" in expected else "a field must stand here"
        )
    if "TEXT" in expected:
        return 'a value must stand here, such as "text", 3, 2d or 2026-11-01'
    if "SIGN" in expected:
        return "`and`, `or` or a comparison must stand here, such as `== …`, `~ …` or `in (…)`"
    if "LPAR" in expected:
        return 'a list must stand here, such as ("en", "de")'
    if "COMMA" in expected:
        return "a comma or `)` must stand here"
    if "NOT" in expected:
        return 'the field comes first, as in `source == "BBC"`; after a value stands `in` only'
    if "IN" in expected:
        return "`in` must stand here"
    return "`)` is missing" if "RPAR" in expected else "`and` or `or` must stand here"
