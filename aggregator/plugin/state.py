"""Serialises the state that a plugin keeps between runs: a small mapping for each source or filter."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.errors import SourceError

LARGEST = 64 * 1024
"""Bytes as JSON; the limit exists because each run reads and writes it with the source's history."""


def pack_memory(memory: dict[str, Any]) -> str | None:
    """Serialise a state for the store; None for an empty one. Raises SourceError where it cannot be stored."""
    if not memory:
        return None
    try:
        packed = msgspec.json.encode(memory)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise SourceError(
            f"its `state` cannot be kept ({error}): put text, numbers, lists and mappings into it"
        ) from error
    if len(packed) > LARGEST:
        raise SourceError(f"its `state` has {len(packed):,} bytes, more than {LARGEST:,}: remove old entries from it")
    return packed.decode()


def unpack_memory(packed: str | None) -> dict[str, Any]:
    """Deserialise a state into a mapping that the plugin may change."""
    return msgspec.json.decode(packed, type=dict[str, Any]) if packed else {}
