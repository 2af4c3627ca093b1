"""Names outlets as an edition shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aggregator.model import Outlet
from aggregator.outputs.dates import Dates

NAMED = 2
"""Outlets that are named; the others are counted."""


class Words(Protocol):
    """What translates texts with numbers, and knows the reader's language: `Theme`, `EditionTexts`."""

    dates: Dates

    def counted(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Translate a text with a number."""


class NamesOutlets(Protocol):
    """An edition, or a document made from one."""

    @property
    def outlet_names(self) -> dict[str, str]: ...


def outlet_name(outlet: Outlet, edition: NamesOutlets) -> str:
    """Return the name of an outlet as an edition shows it: a shorter one, unless the user has chosen its name."""
    return edition.outlet_names.get(outlet.name, outlet.name).strip()


def collapsed(names: Sequence[str], words: Words) -> str:
    """Return outlets in one line: "BBC", "BBC and NPR", "BBC, NPR and 12 more"."""
    from babel.lists import format_list

    if len(names) <= NAMED:
        return format_list([*names], locale=words.dates.locale) if names else ""
    first = ", ".join(names[:NAMED])
    return words.counted("%(names)s and %(num)s more", "%(names)s and %(num)s more", len(names) - NAMED, names=first)
