"""Cleans what outputs write: addresses, and text without forbidden characters."""

from __future__ import annotations

import re
from operator import is_
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from aggregator.text.xml import DISCOURAGED

T = TypeVar("T")

UNSAFE = re.compile(r'[^!-~]|["<>\\^`{|}]|%(?![0-9a-fA-F]{2})')
AUTHORITY = re.compile(r"https?://[^/?#]*+", re.IGNORECASE)
FOREIGN = re.compile(r'[\x00-\x20"<>\\^`{|}]')
"""Characters of no address, not even of an IRI."""
_WITH_TEXTS = (str, tuple, msgspec.Struct)
"""Types of fields in which texts may be."""


def legal(value: T) -> T:
    """Remove surrogates and what XML 1.0 forbids or discourages (section 2.2) from all texts of a value."""
    cleaned: Any = value
    if isinstance(value, str):
        cleaned = value if value.isprintable() else DISCOURAGED.sub("", value)
    elif isinstance(value, tuple):
        cleaned = tuple(map(legal, value))
        cleaned = value if all(map(is_, cleaned, value)) else cleaned
    elif isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        texts = ((name, old) for name, old in fields if old and isinstance(old, _WITH_TEXTS))
        changes = {name: new for name, old in texts if (new := legal(old)) is not old}
        cleaned = msgspec.structs.replace(value, **changes) if changes else value
    return cleaned  # type: ignore[no-any-return]


_PLAIN = re.compile(
    r"https?://[a-zA-Z0-9][a-zA-Z0-9.-]*+(?::[0-9]{1,5})?(?:[/?](?:[!$&-;=?-Z_a-z~]|%[0-9a-fA-F]{2})*+)?"
)
"""Most addresses: without a user, brackets, a fragment, or what must be encoded."""


def web_address(url: str | None) -> str | None:
    """Percent-encode an http or https address as RFC 3986 requires; None for any other scheme."""
    if url and _PLAIN.fullmatch(url):
        return url
    try:
        parts = urlsplit(url or "")
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = False
    if not url or not usable:
        return None
    address = UNSAFE.sub(lambda match: quote(match[0]), url)
    end = match.end() if (match := AUTHORITY.match(address)) else 0
    rest, mark, fragment = address[end:].replace("[", "%5B").replace("]", "%5D").partition("#")  # [] is for hosts only
    return f"{address[:end]}{rest}{mark}{fragment.replace('#', '%23')}"
