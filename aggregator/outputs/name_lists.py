"""Writes several names in one line, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aggregator.outputs.dates import Dates

NAMED = 2
"""Outlets that are named; the others are counted."""


class Words(Protocol):
    """What translates texts with numbers, and knows the reader's language: `Theme`, `EditionTexts`."""

    dates: Dates

    def counted(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Translate a text with a number."""


def collapsed(names: Sequence[str], words: Words, named: int = NAMED) -> str:
    """Return names in one line: "BBC", "BBC and NPR", "BBC, NPR and 12 more". `named`: of more, the rest is counted."""
    from babel.lists import format_list

    if len(names) <= named:
        return format_list([*names], locale=words.dates.locale) if names else ""
    first = ", ".join(names[:named])
    return words.counted("%(names)s and %(num)s more", "%(names)s and %(num)s more", len(names) - named, names=first)
