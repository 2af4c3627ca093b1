"""Names of months and weekdays, in the languages of Europe and in Arabic and Indonesian.

English names are built in. The others are those of dateparser, which has them from CLDR with the abbreviations and
cases that people write; they are loaded when a date first contains a name that is not English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

_KEYS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
ENGLISH = {name: number for number, key in enumerate(_KEYS, 1) for name in (key, key[:3])} | {"sept": 9}
"""Month numbers of English names. No language read here uses one of them for another month."""
ENGLISH_WEEKDAYS = frozenset(name for key in _WEEKDAYS for name in (key, key[:2], key[:3])) | {
    "tues", "wednes", "thur", "thurs",
}  # fmt: skip

_LANGUAGES = (
    "de fr es it pt nl pl ru uk be bg cs sk sl hr sr-Cyrl sr-Latn bs-Latn bs-Cyrl mk sq ro hu el tr fi et lv lt sv da "
    "nb nn is fo ga gd cy mt eu ca gl lb rm br fy ast fur hsb dsb se smn hy ka az ar id ms en"
).split()
"""Languages whose names are read without a declared language, unless they contradict each other."""
_NAMED_OTHERWISE = {
    "no": ("nb", "nn"), "sr": ("sr-Cyrl", "sr-Latn"), "bs": ("bs-Latn", "bs-Cyrl", "hr"), "sh": ("hr", "sr-Latn"),
    "cnr": ("sr-Latn", "sr-Cyrl"), "mo": ("ro",), "in": ("id",), "gsw": ("de",),
}  # fmt: skip
_LONGEST_ABBREVIATION = 5
_MARKS = re.compile("[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]")
_APOSTROPHES = re.compile("[’ʼʹ`´]")
_ARTICLES = re.compile(r"^(?:(?:d|de|da|dhen|den|an|am|t) )+")
_SUFFIXES = {"eu": ("", "ren", "k")}
"""Case endings that CLDR puts into its patterns instead of its names: martxoaren 11."""


class Names(NamedTuple):
    """The names of a language, folded. `weekdays`: the words of which names of weekdays consist."""

    months: dict[str, frozenset[int]]
    weekdays: frozenset[str]


def fold(text: str) -> str:
    """Return a text in lower case without the accents of Latin, Greek, Cyrillic and Arabic letters: AOÛT is aout."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _APOSTROPHES.sub("'", _MARKS.sub("", parts)).replace("ı", "i"))


def month_number(name: str, language: str | None = None, *, dotted: bool = True) -> int | None:
    """Return the number of a folded month name, or None if it is unknown or ambiguous.

    Some names mean different months in different languages: listopad is November in Czech and Polish, October in
    Croatian. `language` decides. Without it, such a name is unknown, unless it is written in full beside a day without
    a dot (`dotted`): only Polish does that, Croatian and Czech write 24. listopada and 24. listopadu.
    """
    if number := ENGLISH.get(name):
        return number
    numbers = _in_language(name, language) or _names_of_all().months.get(name, frozenset())
    if len(numbers) > 1 and not dotted and len(name) > _LONGEST_ABBREVIATION:
        numbers = _in_language(name, "pl")
    return next(iter(numbers)) if len(numbers) == 1 else None


def is_weekday(word: str) -> bool:
    """Return whether a folded word is a weekday, or a part of the name of one, in any of the languages."""
    return word in ENGLISH_WEEKDAYS or word in _names_of_all().weekdays


def _in_language(name: str, language: str | None) -> frozenset[int]:
    return _names_of(language).months.get(name, frozenset()) if language else frozenset()


@lru_cache(maxsize=256)
def _names_of(language: str) -> Names:
    code = re.split("[-_]", language.strip().lower(), maxsplit=1)[0]
    codes = _NAMED_OTHERWISE.get(code, (code,))
    return _merged(tuple(code for code in codes if code in _LANGUAGES))


@lru_cache(maxsize=1)
def _names_of_all() -> Names:
    return _merged(tuple(_LANGUAGES))


def _merged(codes: tuple[str, ...]) -> Names:
    months: dict[str, set[int]] = {}
    weekdays: set[str] = set()
    for code in codes:
        data = import_module(f"dateparser.data.date_translation_data.{code}").info
        for table in (data, *data.get("locale_specific", {}).values()):
            for number, key in enumerate(_KEYS, 1):
                for name in _variants(table, key):
                    for suffix in _SUFFIXES.get(code, ("",)):
                        months.setdefault(name + suffix, set()).add(number)
            weekdays.update(word for key in _WEEKDAYS for name in _variants(table, key) for word in name.split())
    return Names({name: frozenset(numbers) for name, numbers in months.items()}, frozenset(weekdays))


def _variants(table: dict[str, Any], key: str) -> Iterator[str]:
    for name in table.get(key, ()):
        folded = " ".join(re.sub("['-]", " ", fold(name).replace(".", "")).split())
        if len(folded) > 1:
            yield folded
            yield _ARTICLES.sub("", folded)
