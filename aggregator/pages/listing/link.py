"""Defines a link of a page, its position in the page, and a headline."""

from __future__ import annotations

from typing import Any

import msgspec

from aggregator.pages.listing.records import Record
from aggregator.pages.tree import count_words

LONGEST_TITLE = 300
HEADING_RANK = 2

Kind = tuple[str, ...]
"""Key of the links that a template produces in the same way."""


class Place(msgspec.Struct, frozen=True):
    """Position of an element in a page.

    `region`: "chrome" (menus, header and footer of the site), "ad", "meta" (details of an article), "aside", or "";
    `in_heading`, `in_article`: whether it is in a heading, or in an element marked as an article; `path`: tag and first
    class of the elements around it, outermost first.
    """

    region: str = ""
    in_heading: bool = False
    in_article: bool = False
    path: tuple[str, ...] = ()
    hidden: bool = False


class Link(msgspec.Struct, eq=False):
    """A link of a page.

    `url`: absolute; `target`: the canonical form of it; `title`: plain text; `words`: number of words in the title;
    `title_rank`: see `title_of`; `in_text`: whether the link is within a running text.
    """

    element: Any
    url: str
    target: str
    place: Place
    in_text: bool
    title: str = ""
    words: int = 0
    title_rank: int = 0

    def set_title(self, title: str, rank: int) -> None:
        """Set the title, cut to 300 characters, with its rank."""
        self.title, self.words, self.title_rank = title[:LONGEST_TITLE], count_words(title), rank

    @property
    def is_heading(self) -> bool:
        """Whether the title is that of a heading."""
        return self.title_rank == HEADING_RANK

    @property
    def kind(self) -> Kind:
        """Key of the links that a template produces in the same way: region and innermost path."""
        return (self.place.region, *self.place.path[-4:])


class Headline(msgspec.Struct, frozen=True):
    """A link that is the headline of an article, with the record of the article."""

    link: Link
    record: Record
