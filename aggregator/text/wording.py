"""Reads wording.toml: the words that publishers put around names, texts and authors, by language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec

from aggregator.text.folding import fold, folded_words

_UNSPACED = re.compile("[\u2e80-\u9fff]{3,40}")
"""Phrases in Chinese and Japanese."""


class _Language(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a language, as wording.toml describes them."""

    sections: str
    furniture: str
    titles: tuple[str, ...] = ()
    joining: str
    comments: tuple[str, ...] = ()
    prefixes: tuple[str, ...]
    read_more: tuple[str, ...]
    notices: tuple[tuple[str, str], ...]
    openings: str
    by: tuple[str, ...]
    and_: tuple[str, ...] = msgspec.field(name="and")
    roles: str
    nobody: str


class Wording(msgspec.Struct, frozen=True):
    """The words of all languages together, folded. Phrases are tuples of words.

    `names`: those of sections and furniture; `read_more`: without spaces; `link_words`: the first words of these;
    `unspaced_read_more`: those in scripts without spaces; `notices`: as written, in lower case.
    """

    sections: frozenset[str]
    furniture: frozenset[str]
    titles: frozenset[tuple[str, ...]]
    joining: frozenset[str]
    comments: frozenset[tuple[str, ...]]
    prefixes: frozenset[tuple[str, ...]]
    names: frozenset[str]
    read_more: frozenset[str]
    link_words: frozenset[str]
    unspaced_read_more: tuple[str, ...]
    notices: tuple[tuple[str, str], ...]
    openings: frozenset[str]
    by: frozenset[tuple[str, ...]]
    conjunctions: frozenset[str]
    roles: frozenset[str]
    nobody: frozenset[str]


@cache
def wording() -> Wording:
    """Return the words of all languages: a source may write in another language than it states."""
    text = files("aggregator.text").joinpath("wording.toml").read_bytes()
    languages = msgspec.toml.decode(text, type=dict[str, _Language]).values()
    sections = _words(language.sections for language in languages)
    furniture = _words(language.furniture for language in languages)
    return Wording(
        sections=sections,
        furniture=furniture,
        names=sections | furniture,
        joining=_words(language.joining for language in languages),
        titles=_phrases(phrase for language in languages for phrase in language.titles),
        comments=_phrases(phrase for language in languages for phrase in language.comments),
        prefixes=_phrases(phrase for language in languages for phrase in language.prefixes),
        read_more=frozenset(fold(phrase) for language in languages for phrase in language.read_more),
        link_words=_words(phrase.split()[0] for language in languages for phrase in language.read_more),
        unspaced_read_more=tuple(
            phrase for language in languages for phrase in language.read_more if _UNSPACED.fullmatch(phrase)
        ),
        notices=tuple((start.lower(), middle) for language in languages for start, middle in language.notices),
        openings=_words(language.openings for language in languages),
        by=_phrases(phrase for language in languages for phrase in language.by),
        conjunctions=_words(" ".join(language.and_) for language in languages),
        roles=_words(language.roles for language in languages),
        nobody=_words(language.nobody for language in languages),
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for text in texts for word in text.split()) - {""}


def _phrases(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(folded_words(phrase)) for phrase in phrases)
