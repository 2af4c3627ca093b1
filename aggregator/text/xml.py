"""Characters that XML 1.0 forbids or discourages (section 2.2, https://www.w3.org/TR/xml/#charsets)."""

from __future__ import annotations

import re

# Written as the complement, "[^\t\n\r\x20-\ud7ff…]", each would take 8 ms to compile.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters outside the production `Char`: a document that holds one, even escaped, is not well-formed."""
DISCOURAGED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Forbidden characters, the control characters U+007F to U+009F, and the noncharacters U+FDD0 to U+FDEF."""

_SURROGATE = rb"&#(?:[xX]0*+[dD][89a-fA-F][0-9a-fA-F]{2}|0*+5[5-7][0-9]{3});"
_SURROGATES = re.compile(_SURROGATE + rb"(?:" + _SURROGATE + rb")*+")  # fixed bytes at its start make the search quick
_NUMBER = re.compile(rb"&#(?:[xX]([0-9a-fA-F]++)|([0-9]++));")


def join_surrogates(text: bytes) -> bytes:
    """Replace references to surrogates in a document in UTF-8, of which lxml makes text that cannot be decoded.

    "&#xD83D;&#xDE00;", as publishers write characters of UTF-16, becomes one emoji, a single one U+FFFD.
    """
    return _SURROGATES.sub(_joined, text)


def _joined(references: re.Match[bytes]) -> bytes:
    numbers = [int(number[1], 16) if number[1] else int(number[2]) for number in _NUMBER.finditer(references[0])]
    return "".join(map(chr, numbers)).encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
