"""A link of a page, what it stands in, and the headline that it may be."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.pages.listing.records import Record
from aggregator.pages.tree import count_words

LONGEST_TITLE = 300

Kind = tuple[str, ...]
"""What links that are made alike have in common."""


class Place(msgspec.Struct, frozen=True):
    """What an element stands in.

    `region`: "chrome" (what a site puts around every page), "ad", "meta" (what is said of an article), "aside", or "";
    `heading`: whether in a heading; `entry`: in an element that is marked as an article's; `path`: the elements
    around it, by name and first class, the outermost first.
    """

    region: str = ""
    heading: bool = False
    entry: bool = False
    path: tuple[str, ...] = ()
    hidden: bool = False


class Link(msgspec.Struct, eq=False):
    """A link. `url`: absolute; `target`: the same without what does not matter; `title`: plain text, of so many
    `words`, of which it is so `sure` (see `title_of`); `within`: in the midst of a text."""

    element: Any
    url: str
    target: str
    place: Place
    within: bool
    title: str = ""
    words: int = 0
    sure: int = 0

    def call(self, title: str, sure: int) -> None:
        """Give it a title."""
        self.title, self.words, self.sure = title[:LONGEST_TITLE], count_words(title), sure

    @property
    def heading(self) -> bool:
        """Whether a heading says what it is called."""
        return self.sure == 2

    @property
    def kind(self) -> Kind:
        """The same for links that are made alike."""
        return (self.place.region, *self.place.path[-4:])


class Headline(msgspec.Struct, frozen=True):
    """A link that is a headline, and what the page says of its article."""

    link: Link
    record: Record
