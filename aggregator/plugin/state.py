"""What a plugin remembers of a source from one run to the next: a small mapping of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.errors import SourceError

LARGEST = 64 * 1024
"""Bytes, as JSON: it is read and written with the source's history, in each run."""


def pack_memory(memory: dict[str, Any]) -> str | None:
    """As it is stored; None for an empty one. Raises SourceError for what cannot be, in words that say what to do."""
    if not memory:
        return None
    try:
        packed = msgspec.json.encode(memory)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise SourceError(
            f"its `state` cannot be kept ({error}): put text, numbers, lists and mappings into it"
        ) from error
    if len(packed) > LARGEST:
        raise SourceError(f"its `state` has {len(packed):,} bytes, and {LARGEST:,} are kept: forget what is old")
    return packed.decode()


def unpack_memory(packed: str | None) -> dict[str, Any]:
    """A mapping that the plugin may change."""
    return msgspec.json.decode(packed, type=dict[str, Any]) if packed else {}
