"""Compares names and texts regardless of case, accents, punctuation and white space."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_LETTERS_WITHOUT_MARKS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_ACCENTED = re.compile("[\u00c0-\u036f\u1e00-\u1eff]")


def fold(text: str) -> str:
    """Return the letters and digits of a text in comparable form.

    >>> fold("L’Équipe – DER SPIEGEL") == fold("lequipe derspiegel")
    True
    """
    if text.isascii() and text.isalnum():  # most words
        return text.lower()
    return "".join(folded_words(text))


def folded_words(text: str) -> list[str]:
    """Return the words of a text in comparable form.

    >>> folded_words("À la une: Société")
    ['a', 'la', 'une', 'societe']
    """
    return _WORD.findall(without_accents(text.casefold()))


def without_accents(text: str) -> str:
    """Return a text without the accents of Latin letters; the marks of other scripts are part of their words."""
    if text.isascii():
        return text
    return _ACCENTED.sub(_base, unicodedata.normalize("NFC", text).translate(_LETTERS_WITHOUT_MARKS))


def _base(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFD", match[0])[0]
