"""References to surrogates in XML documents, of which lxml makes text that cannot be decoded."""

from __future__ import annotations

import re

_SURROGATE = rb"&#(?:[xX]0*+[dD][89a-fA-F][0-9a-fA-F]{2}|0*+5[5-7][0-9]{3});"
_SURROGATES = re.compile(_SURROGATE + rb"(?:" + _SURROGATE + rb")*+")  # fixed bytes at its start make the search quick
_NUMBER = re.compile(rb"&#(?:[xX]([0-9a-fA-F]++)|([0-9]++));")


def join_surrogates(text: bytes) -> bytes:
    """Replace references to surrogates in a document in UTF-8.

    "&#xD83D;&#xDE00;", as publishers write characters of UTF-16, becomes one emoji, a single one U+FFFD.
    """
    return _SURROGATES.sub(_joined, text)


def _joined(references: re.Match[bytes]) -> bytes:
    numbers = [int(number[1], 16) if number[1] else int(number[2]) for number in _NUMBER.finditer(references[0])]
    return "".join(map(chr, numbers)).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
