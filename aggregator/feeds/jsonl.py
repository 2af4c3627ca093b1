"""JSON lines as items: an item a line, its keys those of the article model; others are passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.model import Item
from aggregator.text.charsets import decode_unlabelled

_FIELDS = frozenset(Item.__struct_fields__)


def read_lines(body: bytes) -> Iterator[Item | None]:
    """The item of each line; None, which the core counts as junk, for a line that holds none. Made for a `Reading`.

    Lines should be UTF-8 (RFC 8259 8.1); one that is not is taken for windows-1252, as feeds are.
    """
    for line in body.split(b"\n"):
        if line.strip():
            yield item_of(loads(line))


def loads(line: bytes) -> Any:
    """The value in a line, or None where it is no JSON."""
    try:
        return json.loads(decode_unlabelled(line))
    except (ValueError, RecursionError):
        return None


def item_of(value: object) -> Item | None:
    """The item that a JSON object stands for; None for any other value."""
    if not isinstance(value, Mapping):
        return None
    return Item(**{key: found for key, found in value.items() if key in _FIELDS})
