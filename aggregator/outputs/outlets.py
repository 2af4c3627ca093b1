"""Names outlets as an edition shows them."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import Edition, Outlet
from aggregator.outputs.themes import Theme

NAMED = 2
"""Outlets that are named; the others are counted."""


def outlet_name(outlet: Outlet, edition: Edition) -> str:
    """Return the name of an outlet: a shorter one if the edition has it."""
    return edition.outlet_names.get(outlet.name, outlet.name)


def collapsed(names: Sequence[str], theme: Theme) -> str:
    """Return outlets in one line: "BBC", "BBC and NPR", "BBC, NPR and 12 more"."""
    from babel.lists import format_list

    if len(names) <= NAMED:
        return format_list([*names], locale=theme.dates.locale) if names else ""
    first = ", ".join(names[:NAMED])
    return theme.counted("%(names)s and %(num)s more", "%(names)s and %(num)s more", len(names) - NAMED, names=first)
