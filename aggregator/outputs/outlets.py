"""Names outlets as an edition shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aggregator.model import Edition, Outlet
from aggregator.outputs.article_text import shown_outlet
from aggregator.outputs.dates import Dates

NAMED = 2
"""Outlets that are named; the others are counted."""


class Words(Protocol):
    """What translates texts with numbers, and knows the reader's language: `Theme`, `EditionTexts`."""

    dates: Dates

    def counted(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Translate a text with a number."""


def outlet_name(outlet: Outlet, edition: Edition) -> str:
    """Return the name of an outlet: that of the edition if it has one, or else without the name of a page."""
    return edition.outlet_names.get(outlet.name) or shown_outlet(outlet)


def collapsed(names: Sequence[str], words: Words) -> str:
    """Return outlets in one line: "BBC", "BBC and NPR", "BBC, NPR and 12 more"."""
    from babel.lists import format_list

    if len(names) <= NAMED:
        return format_list([*names], locale=words.dates.locale) if names else ""
    first = ", ".join(names[:NAMED])
    return words.counted("%(names)s and %(num)s more", "%(names)s and %(num)s more", len(names) - NAMED, names=first)
