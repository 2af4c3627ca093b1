"""Strings that a regular expression may take long for, made from the parse tree of the expression itself."""

from __future__ import annotations

import re
import re._constants as sre  # type: ignore[import-not-found]  # private, but stable since Python 3.11
import re._parser as sre_parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Any, NamedTuple

_TAILS = ("", "\x01", "0", "\n")
UNBOUNDED = 40
"""A repetition that may match more often than this is attacked."""
SAMPLES = 2
"""How many samples of each part of an expression are used."""
ALPHABET = "a0 \n-_.,:;/<>\"'=&@#%!?()[]{}|+*~^$\\`\tAéß日\u00a0\u200c\u0301•–’"
GENERIC = [
    *(" ", "\n", "\r\n", "\t ", "a", "0", "Aa", "a ", "a-", "a.", "a,", "0.", "0:", "é", "日", "ab12"),
    *("<", "<!--", "<a ", "<a>", "</", "<![CDATA[", "<!DOCTYPE", "-", "--", "/", "//", "&", "&amp", "&#", "%", "("),
    *(")", "[", "{", '"', "'", "=", "a=", "a='", "a@", "@", ".", ",", ":", "|", " | ", "•", "!", "\x00", "\ufffd"),
]


class Attack(NamedTuple):
    """A string of any length: `head`, as many times `unit` as fit, `tail`."""

    head: str
    unit: str
    tail: str

    def text(self, length: int) -> str:
        """Return a string of about this length."""
        room = length - len(self.head) - len(self.tail)
        return self.head + self.unit * max(1, room // len(self.unit)) + self.tail

    def __str__(self) -> str:
        return f"{self.head!r} + n * {self.unit!r} + {self.tail!r}"


class Repetition(NamedTuple):
    """A part of an expression that may match often: samples of what comes before, of one round, and of what follows."""

    before: list[str]
    round: list[str]
    after: list[str]


def attacks_on(pattern: re.Pattern[Any]) -> list[Attack]:
    """Return strings that make an expression backtrack, or begin a match at each place, if anything does."""
    found = {Attack("", unit, tail): None for unit in GENERIC for tail in ("", "0")}
    tree = _parse(pattern)
    literals = sorted({chr(value) for value in _literals(tree)})
    found |= {Attack("", unit, "\x01"): None for unit in literals}
    for repetition in _repetitions(tree, [""], [""]):
        for before, unit in product(repetition.before, repetition.round):
            for attack in _variants(before, unit, repetition.after):
                found[attack] = None
    return [attack for attack in found if attack.unit]


def _variants(before: str, unit: str, after: list[str]) -> Iterator[Attack]:
    """Yield one match that fails late, matches that begin at each place and all fail, the same with long rounds, and
    matches whose end is tried at each place."""
    for tail in (*_TAILS, unit[:1] * 2):
        yield Attack(before, unit, tail)
    for start in ("", " "):
        yield Attack("", start + before, "\x01")
        yield Attack("", start + before + unit, "\x01")
    yield Attack("", before + unit, unit[:1] * 2)
    yield Attack("", before + unit * 30, "\x01")
    for text in after:
        for end in filter(None, (text, text[:-1])):
            yield Attack(before, unit + end, "\x01")
            yield Attack(before, end, "0")
            yield Attack("", before + unit + end, "0")
        yield Attack(before, unit, text[:-1] + "\x01")


def _parse(pattern: re.Pattern[Any]) -> Any:
    if isinstance(pattern.pattern, str):
        return sre_parser.parse(pattern.pattern, pattern.flags)
    return sre_parser.parse(pattern.pattern.decode("latin-1"), pattern.flags | re.ASCII)


def _children(operator: Any, value: Any) -> list[Any]:
    """Return the parts that a node of the tree consists of; alternatives of a branch are one each."""
    if operator is sre.BRANCH:
        return list(value[1])
    if operator is sre.SUBPATTERN:
        return [value[3]]
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [value[2]]
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return [value] if operator is sre.ATOMIC_GROUP else []


def _literals(tree: Any) -> Iterator[int]:
    for operator, value in tree:
        if operator is sre.LITERAL:
            yield value
        elif operator is sre.IN:
            yield from (item for kind, item in value if kind is sre.LITERAL)
        for child in _children(operator, value):
            yield from _literals(child)


def _repetitions(tree: Any, before: list[str], after: list[str]) -> Iterator[Repetition]:
    """Yield all unbounded repetitions of a tree, which stands between such texts."""
    nodes = list(tree)
    for index, (operator, value) in enumerate(nodes):
        start = _joined(before, _sequence(nodes[:index]))
        end = _joined(_sequence(nodes[index + 1 :]), after)
        children = _children(operator, value)
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[1] > UNBOUNDED:
            yield Repetition(start, _sequence(children[0], characters=6), end)
        for child in children:
            yield from _repetitions(child, start, end)


def _joined(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(islice((a + b for a, b in product(first, second)), SAMPLES)))


def _sequence(nodes: Any, characters: int = SAMPLES) -> list[str]:
    """Return texts that the nodes match. `characters`: how many are tried for a class of characters."""
    texts = [""]
    for operator, value in nodes:
        samples = _samples(operator, value, characters)
        texts = list(dict.fromkeys(islice((a + b for b, a in product(samples, texts)), max(SAMPLES, characters))))
    return texts


def _samples(operator: Any, value: Any, characters: int) -> list[str]:
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        low, high, child = value
        texts = [text * max(low, min(high, 1)) for text in _sequence(child, characters)]
        return [*texts, ""] if low == 0 else texts
    if operator is sre.BRANCH:
        return [text for child in value[1] for text in _sequence(child, characters)[:2]]
    if operator in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
        return _sequence(_children(operator, value)[0], characters)
    if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return [c for c in _candidates(value, operator) if _matches(operator, value, c)][:characters]
    if operator is sre.ASSERT and value[0] < 0:
        return _sequence(value[1], characters)
    return [""]  # an anchor, a look-ahead, a reference to a group


def _candidates(value: Any, operator: Any) -> Iterable[str]:
    if operator is sre.LITERAL:
        return [chr(value)]
    named = (
        [chr(item if kind is sre.LITERAL else item[0]) for kind, item in value if kind in (sre.LITERAL, sre.RANGE)]
        if operator is sre.IN
        else []
    )
    return dict.fromkeys([*ALPHABET[:4], *named[:4], *ALPHABET[4:]])


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _matches(operator: Any, value: Any, character: str) -> bool:
    if operator is sre.ANY:
        return character != "\n"
    if operator is not sre.IN:
        return bool((ord(character) == value) == (operator is sre.LITERAL))
    negated = value[0][0] is sre.NEGATE
    return bool(negated) != any(_in_item(kind, item, character) for kind, item in value)


def _in_item(kind: Any, item: Any, character: str) -> bool:
    if kind is sre.LITERAL:
        return ord(character) == int(item)
    if kind is sre.RANGE:
        return bool(item[0] <= ord(character) <= item[1])
    return kind is sre.CATEGORY and re.match(_CATEGORIES[item], character) is not None
