"""Reads the size of an element from its attributes, and tells elements that are not visible."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LENGTH = re.compile(r"\s*+(\d{1,9})(?:\.\d++)?\s*+(?:px)?\s*+")


def length(value: object) -> int | None:
    """Return a number of pixels or bytes, from a number or from text such as "640" or "640px"."""
    if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _LENGTH.fullmatch(str(value))
    return int(match[1]) if match else None


def is_invisible(attributes: Mapping[str, str]) -> bool:
    """Return whether an element is hidden, or at most one pixel wide or high."""
    for name in ("width", "height"):
        side = length(attributes[name]) if name in attributes else None
        if side is not None and side <= 1:
            return True
    return "style" in attributes and _HIDDEN.search(attributes["style"]) is not None
