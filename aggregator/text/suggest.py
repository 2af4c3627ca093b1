"""Suggest the known name that a misspelt one is most like."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def closest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like this one, whatever the case; None if none is close."""
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def did_you_mean(name: str, known: Collection[str], otherwise: str | None = None) -> str:
    """Return 'did you mean "…"?' with the closest known name; if none is close, `otherwise`, else all known names."""
    closest = closest_name(name, known)
    if closest:
        return f'did you mean "{closest}"?'
    return f"known: {', '.join(known) or 'none'}" if otherwise is None else otherwise
