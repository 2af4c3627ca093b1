"""Read JSON lines: each line is an item with the keys of `Item`; other keys are ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.text.charsets import decode_unlabelled

_FIELDS = frozenset(Item.__struct_fields__)


def read_lines(body: bytes) -> Iterator[Item | None]:
    """Yield the item of each line, or None, which the core counts as unusable, if a line is not a JSON object.

    Suited for a `Reading`. Lines should be UTF-8 (RFC 8259 8.1); others are decoded as windows-1252, as in feeds.
    """
    for line in body.split(b"\n"):
        if line.strip():
            yield to_item(parse_line(line))


def parse_line(line: bytes) -> Any:
    """Return the JSON value of a line, or None if it is not JSON."""
    try:
        return json.loads(decode_unlabelled(line))
    except (ValueError, RecursionError):
        return None


def to_item(value: object) -> Item | None:
    """Return a JSON object as an item; None for any other value."""
    if not isinstance(value, Mapping):
        return None
    return Item(**{key: field for key, field in value.items() if key in _FIELDS})
