"""Read an expression: the grammar, and what must hold beyond it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from aggregator.expressions.fields import FIELDS, Field
from aggregator.expressions.mistakes import ExpressionError
from aggregator.expressions.syntax import parse_tree
from aggregator.expressions.tree import REVERSED, AllOf, AnyOf, Compared, Expression, Known, Not, Value, depth, quote
from aggregator.text.patterns import compile_pattern
from aggregator.text.suggest import did_you_mean

if TYPE_CHECKING:
    from lark import ParseTree, Token

DEEPEST = 50

About = Literal["articles", "stories"]


@lru_cache(maxsize=256)
def parse(text: str, about: About = "articles") -> Expression:
    """The checked tree of an expression. Raises ExpressionError, which is a ValueError.

    `about`: what it is to be asked of; fields that only a story has are refused for articles.
    """
    if not text.strip():
        raise ExpressionError('must be an expression such as `title ~ "live"`, and not empty', text, 0, 0)
    return _checked(parse_tree(text), _Checker(text, about))


def _checked(tree: ParseTree, checker: _Checker) -> Expression:
    """What the checker makes of the tree, the innermost rules first. Raises the first ExpressionError of the text."""
    made: dict[int, Any] = {}
    mistakes: list[ExpressionError] = []
    for rule in tree.iter_subtrees():
        parts = [made.get(id(part), part) for part in rule.children]
        try:
            made[id(rule)] = None if None in parts else getattr(checker, rule.data)(*parts)
        except ExpressionError as mistake:
            made[id(rule)] = None
            mistakes.append(mistake)
    if mistakes:
        raise min(mistakes, key=lambda mistake: mistake.start)
    expression: Expression = made[id(tree)]
    return expression


class _Checker:
    """Makes the tree rule by rule: a method bears the name of each rule of the grammar."""

    def __init__(self, text: str, about: About) -> None:
        self._text = text
        self._about = about

    def any_of(self, first: Expression, *others: Expression) -> Expression:
        return self._shallow(AnyOf((first, *others)))

    def all_of(self, first: Expression, *others: Expression) -> Expression:
        return self._shallow(AllOf((first, *others)))

    def negation(self, part: Expression) -> Expression:
        return self._shallow(Not(part))

    def known(self, name: Token) -> Expression:
        field = self._field(name)
        if not field.kind.alone:
            raise self._wrong(name, f"`{field.name}` must be compared with {field.kind.wanted}: `{field.name} >= …`")
        return Known(field)

    def compared(self, name: Token, operator: Token, value: Token) -> Expression:
        return self._compared(name, operator, str(operator), [value])

    def among(self, name: Token, operator: Token, *values: Token) -> Expression:
        return self._compared(name, operator, "in", values)

    def not_among(self, name: Token, operator: Token, _in: Token, *values: Token) -> Expression:
        return self._compared(name, operator, "not in", values)

    def has(self, value: Token, operator: Token, name: Token) -> Expression:
        return self._compared(name, operator, "has", [value])

    def has_not(self, value: Token, operator: Token, _in: Token, name: Token) -> Expression:
        return self._compared(name, operator, "has not", [value])

    def _compared(self, name: Token, place: Token, operator: str, values: Sequence[Token]) -> Expression:
        field = self._field(name)
        if operator not in field.kind.operators:
            raise self._wrong(place, _refused(field, operator))
        searching = operator in ("~", "!~")
        made = tuple(self._pattern(value) if searching else self._value(field, value) for value in values)
        return Compared(field, operator, made)

    def _field(self, name: Token) -> Field:
        field = FIELDS.get(name)
        if field is None:
            raise self._wrong(name, self._unknown(name))
        if field.of_stories and self._about == "articles":
            said = f"only a story has `{field.name}`: it can stand in the `select` of an output, and not here"
            raise self._wrong(name, said)
        return field

    def _unknown(self, name: str) -> str:
        known = [field.name for field in FIELDS.values() if self._about == "stories" or not field.of_stories]
        return f'there is no field "{name}"; {did_you_mean(name, known)}'

    def _value(self, field: Field, token: Token) -> Value:
        try:
            return field.kind.read(token.type, _text_of(token))
        except ValueError:
            raise self._wrong(token, f"`{field.name}` is compared with {field.kind.wanted}") from None

    def _pattern(self, token: Token) -> re.Pattern[str]:
        if token.type != "TEXT":
            raise self._wrong(token, f"a regular expression stands in quotes: {quote(token)}")
        try:
            return compile_pattern(_text_of(token))
        except re.error as error:
            raise self._wrong(token, f"this is no regular expression: {error.msg}", error.pos) from None

    def _wrong(self, token: Token, said: str, inside: int | None = None) -> ExpressionError:
        """`inside`: where in a text the mistake is, if it is known."""
        start, end = token.start_pos or 0, token.end_pos or 0
        if inside is not None:
            start = min(start + 1 + len(_doubled(token, inside)), end - 1)
            end = start + 1
        return ExpressionError(said, self._text, start, end)

    def _shallow(self, made: Expression) -> Expression:
        if depth(made) > DEEPEST:
            raise ExpressionError(f"this is nested more than {DEEPEST} deep", self._text, 0, len(self._text))
        return made


def _text_of(token: Token) -> str:
    """What the quotes hold, or the token as it is."""
    return token[1:-1].replace(token[0] * 2, token[0]) if token.type == "TEXT" else str(token)


def _doubled(token: Token, length: int) -> str:
    """So much of a text as it is written, with its quotes doubled."""
    return _text_of(token)[:length].replace(token[0], token[0] * 2)


def _refused(field: Field, operator: str) -> str:
    written = dict.fromkeys(REVERSED.get(one, one) for one in field.kind.operators)
    if operator in REVERSED:
        return f'`{field.name}` is {field.kind.name}, and no list: use `{field.name} ~ "…"` for text within it'
    return f"`{field.name}` is {field.kind.name}, and compared by {', '.join(written)}"
