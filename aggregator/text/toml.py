"""Write tables as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def to_toml(table: Mapping[str, Any]) -> str:
    """Return the keys of a table as TOML, without a header."""
    import tomlkit

    return tomlkit.dumps({key: _inline(value) for key, value in table.items()})


def _inline(value: Any) -> Any:
    """Return a value with inline tables, so that they stay at their key."""
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update({key: _inline(item) for key, item in value.items()})
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(map(_inline, value))
        return array
    return value
