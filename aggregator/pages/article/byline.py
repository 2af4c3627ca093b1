"""Reads date, authors and standfirst of an article from the lines between its headline and its text.

Only these lines, and those directly above the headline that belong to it, are read: the date of an edition in the
masthead is not the date of the article, nor is the date of an update.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from aggregator.pages import wording
from aggregator.pages.article.blocks import Block, block_text, split_words
from aggregator.pages.article.titles import word_overlap
from aggregator.pages.dates import LONGEST, date_order, find_date
from aggregator.text.dates import parse_date

_SURE = 0.8
_ABOVE, _BETWEEN = 3, 12
"""Maximum number of blocks that are read above a headline, and below it."""
_LEAST = 7
"""A standfirst has more words than this."""
_SENTENCE = re.compile(r"[.!?…。]$")
_UPDATED = re.compile(
    r"\b(?:updated|modified|changed|aktualisiert|geändert|mis à jour|actualizad[oa]|atualizad[oa]|aggiornat[oa]"
    r"|gewijzigd|обновлено)\b|更新",
    re.IGNORECASE,
)
_EDITION = re.compile(r"\b(?:edition|ausgabe|édition|edici[óo]n|edição|edizione|issue|vol|no)\b", re.IGNORECASE)
_RELEASED = re.compile(
    r"\W*+(?:released|published|posted|issued|date|datum|veröffentlicht|erschienen|publié|publicado|pubblicato)\b",
    re.IGNORECASE,
)
_IN_SENTENCE = re.compile(
    r"\b(?:on|from|until|till|since|before|after|by|in|of|am|vom|seit|bis|ab|du|au|depuis|desde|hasta|dal|fino)"
    r" (?:[^\W\d_]+,? )?\d",
    re.IGNORECASE,
)
_BYLINE_CLASS = re.compile(r"(?:^|[\W_])(?:by|byline|authors?|autor(?:en)?|auteurs?|firma|signature)(?:$|[\W_])", re.I)
_AFTER_NAMES = re.compile(
    r"\d|[|·•–—;(/@]|\. |\s-\s|\s(?:in|on|at|for|from|am|für|pour|para|le)\s"
    r"|,?\s(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\b",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(r", | and | und | et | y | e | & ")
_ROLE = re.compile(r"\b(?:editors?|correspondents?|reporters?|writers?|staff|photo\w*|producers?)\b", re.IGNORECASE)


class Byline:
    """The lines that belong to a headline: those `above` it, the headline, and those `below`.

    `language`: of the page; it decides on day and month in 3/4/2026.
    """

    def __init__(self, above: Sequence[Block], headline: Block, below: Sequence[Block], language: str | None) -> None:
        self._above = above
        self._headline = headline
        self._below = below
        self._order = date_order("", (language or "").lower())

    def published(self) -> str | None:
        """Return the date of a `<time>` element, otherwise of a line, as written."""
        in_header = [block for block in self._above if _share_header(block, self._headline)]
        times = (time for block in [self._headline, *self._below, *in_header] for time in _times(block))
        lines = (block.text for block in [*self._below, *self._date_line_above()] if not block.is_heading)
        dates = (date for line in lines if (date := self._date(line)))
        return next((time for time in times if parse_date(time)), None) or next(dates, None)

    def _date_line_above(self) -> Sequence[Block]:
        """Return the line directly above the headline if it is labelled as a date, or is a date and nothing else."""
        parent = self._headline.ancestors[0]
        if not self._above or parent is not self._above[-1].ancestors[0] or parent.tag in ("body", "main"):
            return []
        line = self._above[-1]
        is_alone = len(self._above) < 2 or parent not in self._above[-2].ancestors
        is_bare = is_alone and split_words(self._date(line.text) or "") == line.words
        return [line] if is_bare or _RELEASED.match(line.text) else []

    def _date(self, line: str) -> str | None:
        if len(line) > LONGEST or _EDITION.search(line):
            return None
        line = _UPDATED.split(line)[0]
        return None if _IN_SENTENCE.search(line) and not wording.is_credit_line(line) else find_date(line, self._order)

    def standfirst(self) -> str | None:
        """Return the first sentence below the headline that is not part of the text."""
        above_pictures = takewhile(lambda block: block.element.tag != "figcaption", self._below)
        texts = (block.text for block in above_pictures if block.link_share < 0.3 and len(block.words) > _LEAST)
        return next((text for text in texts if len(text) > LONGEST or _SENTENCE.search(text)), None)

    def authors(self) -> list[str]:
        """Return the names in `rel="author"` links, or after "By"."""
        for block in self._below:
            links = (link for link in block.element.iter("a") if "author" in (link.get("rel") or "").split())
            if names := [name for link in links if (name := wording.strip_by(block_text(link)))] or self._names(block):
                return list(dict.fromkeys(names))
        return []

    def _names(self, block: Block) -> list[str]:
        """Return the names in a by-line; nothing unless all parts of the line look like names."""
        line = wording.strip_by(block.text)
        if len(line) > 2 * LONGEST or not (line != block.text or _BYLINE_CLASS.search(_class_names(block.element))):
            return []
        text = line.partition(find_date(line, self._order) or "\n")[0]
        first, *more = [part.strip(" ,.:") for part in _BETWEEN_NAMES.split(_AFTER_NAMES.split(text)[0])]
        names = [first, *(name for name in more if " " in name and not _ROLE.search(name))]
        return names if all(map(_is_name, names)) else []


def byline_of(title: str, blocks: Sequence[Block], first: int, language: str | None) -> Byline | None:
    """Return the by-line of the headline that matches a title; None without such a headline above the text.

    `first`: index of the first block of the text; `language`: of the page.
    """
    index = next((n for n in reversed(range(first)) if _matches_title(blocks[n], title)), None)
    if index is None:
        return None
    below = blocks[index + 1 : min(first, index + _BETWEEN)]
    return Byline(blocks[max(0, index - _ABOVE) : index], blocks[index], below, language)


def _matches_title(block: Block, title: str) -> bool:
    size = len(split_words(title))
    return min(3, size) <= len(block.words) <= 2 * size and word_overlap(block.text, title) > _SURE


def _times(block: Block) -> Iterator[str]:
    for time in block.element.iter("time"):
        if not _UPDATED.search(block_text(time)):
            yield time.get("datetime") or block_text(time)


def _share_header(block: Block, headline: Block) -> bool:
    """Return whether both are in the same small element: an article, its header, its first part."""
    common = next((element for element in headline.ancestors if element in block.ancestors), None)
    if common is None or common.tag not in ("header", "article", "hgroup", "div", "section"):
        return False
    return len(list(common.iter("h1", "h2"))) == 1


def _is_name(text: str) -> bool:
    return text[:1].isupper() and len(text.split()) < 6


def _class_names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''}"
