"""Parse expressions, and check fields, operators and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from aggregator.expressions.errors import ExpressionError
from aggregator.expressions.fields import FIELDS, Field
from aggregator.expressions.grammar import parse_tree
from aggregator.expressions.operators import REVERSED
from aggregator.expressions.tree import AllOf, AnyOf, Condition, Exists, FieldComparison, Not, depth
from aggregator.expressions.values import Value, quote
from aggregator.text.patterns import compile_pattern
from aggregator.text.suggest import did_you_mean

if TYPE_CHECKING:
    from lark import ParseTree, Token

MAX_DEPTH = 50
"""Levels of nesting that are accepted, which bounds the recursion."""

About = Literal["articles", "stories"]


@lru_cache(maxsize=256)
def parse(text: str, about: About = "articles") -> Condition:
    """Parse an expression into a checked tree. Raises ExpressionError, which is a ValueError.

    `about`: what it will be evaluated for; fields of stories are rejected for articles.
    """
    if not text.strip():
        raise ExpressionError('must be an expression such as `title ~ "live"`, not empty', text, 0, 0)
    return _check(parse_tree(text), _Checker(text, about))


def _check(tree: ParseTree, checker: _Checker) -> Condition:
    """Check a tree, innermost rules first. Raises the error that is first in the text."""
    results: dict[int, Any] = {}
    errors: list[ExpressionError] = []
    for rule in tree.iter_subtrees():
        parts = [results.get(id(part), part) for part in rule.children]
        try:
            results[id(rule)] = None if None in parts else getattr(checker, rule.data)(*parts)
        except ExpressionError as error:
            results[id(rule)] = None
            errors.append(error)
    if errors:
        raise min(errors, key=lambda error: error.start)
    condition: Condition = results[id(tree)]
    return condition


class _Checker:
    """Builds the tree; each rule of the grammar has a method of the same name."""

    def __init__(self, text: str, about: About) -> None:
        self._text = text
        self._about = about

    def any_of(self, first: Condition, *others: Condition) -> Condition:
        return self._limit_depth(AnyOf((first, *others)))

    def all_of(self, first: Condition, *others: Condition) -> Condition:
        return self._limit_depth(AllOf((first, *others)))

    def negation(self, part: Condition) -> Condition:
        return self._limit_depth(Not(part))

    def exists(self, name: Token) -> Condition:
        field = self._field(name)
        if not field.type.optional:
            raise self._error(name, f"`{field.name}` must be compared with {field.type.expected}: `{field.name} >= …`")
        return Exists(field)

    def compared(self, name: Token, operator: Token, value: Token) -> Condition:
        return self._compare(name, operator, str(operator), [value])

    def among(self, name: Token, operator: Token, *values: Token) -> Condition:
        return self._compare(name, operator, "in", values)

    def not_among(self, name: Token, operator: Token, _in: Token, *values: Token) -> Condition:
        return self._compare(name, operator, "not in", values)

    def has(self, value: Token, operator: Token, name: Token) -> Condition:
        return self._compare(name, operator, "has", [value])

    def has_not(self, value: Token, operator: Token, _in: Token, name: Token) -> Condition:
        return self._compare(name, operator, "has not", [value])

    def _compare(self, name: Token, sign: Token, operator: str, values: Sequence[Token]) -> Condition:
        field = self._field(name)
        if operator not in field.type.operators:
            raise self._error(sign, _unsupported(field, operator))
        searching = operator in ("~", "!~")
        converted = tuple(self._pattern(value) if searching else self._value(field, value) for value in values)
        return FieldComparison(field, operator, converted)

    def _field(self, name: Token) -> Field:
        field = FIELDS.get(name)
        if field is None:
            raise self._error(name, self._unknown_field(name))
        if field.of_stories and self._about == "articles":
            raise self._error(name, f"only stories have `{field.name}`: use it in the `select` of an output")
        return field

    def _unknown_field(self, name: str) -> str:
        available = [field.name for field in FIELDS.values() if self._about == "stories" or not field.of_stories]
        return f'there is no field "{name}"; {did_you_mean(name, available)}'

    def _value(self, field: Field, token: Token) -> Value:
        try:
            return field.type.read(token.type, _text_of(token))
        except ValueError:
            raise self._error(token, f"compare `{field.name}` with {field.type.expected}") from None

    def _pattern(self, token: Token) -> re.Pattern[str]:
        if token.type != "TEXT":
            raise self._error(token, f"a regular expression must be in quotes: {quote(token)}")
        try:
            return compile_pattern(_text_of(token))
        except re.error as error:
            raise self._error(token, f"not a regular expression: {error.msg}", error.pos) from None

    def _error(self, token: Token, message: str, inside: int | None = None) -> ExpressionError:
        """`inside`: the offset of the error within a text token, if known."""
        start, end = token.start_pos or 0, token.end_pos or 0
        if inside is not None:
            start = min(start + 1 + len(_quoted_prefix(token, inside)), end - 1)
            end = start + 1
        return ExpressionError(message, self._text, start, end)

    def _limit_depth(self, condition: Condition) -> Condition:
        if depth(condition) > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} levels deep", self._text, 0, len(self._text))
        return condition


def _text_of(token: Token) -> str:
    """Return the text between quotes, or the token as it is."""
    return token[1:-1].replace(token[0] * 2, token[0]) if token.type == "TEXT" else str(token)


def _quoted_prefix(token: Token, length: int) -> str:
    """Return the first `length` characters of a text token as written, with quotes doubled."""
    return _text_of(token)[:length].replace(token[0], token[0] * 2)


def _unsupported(field: Field, operator: str) -> str:
    supported = dict.fromkeys(REVERSED.get(sign, sign) for sign in field.type.operators)
    if operator in REVERSED:
        return f'`{field.name}` is {field.type.name}, not a list: use `{field.name} ~ "…"` to search it'
    return f"`{field.name}` is {field.type.name} and supports {', '.join(supported)}"
