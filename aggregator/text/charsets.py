"""Charsets by the names that documents and headers give them."""

from __future__ import annotations

import codecs

_NO_CHARSETS = frozenset(
    """
    idna punycode raw-unicode-escape unicode-escape undefined
    base64 bz2 hex quopri rot13 uu zlib
    """.split()
)


def codec(name: str) -> str:
    """What Python calls a charset.

    Raises LookupError where it knows none of this name, and for what it calls an encoding though no document is written
    in it: some of these take quadratic time, and some do not give text.
    """
    try:
        found = codecs.lookup(name).name
    except ValueError as error:  # a zero byte
        raise LookupError(f"no charset: {name!r}") from error
    if found in _NO_CHARSETS:
        raise LookupError(f"no charset: {name}")
    return found
