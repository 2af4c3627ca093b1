"""What stands between the headline and the text: when an article came, and who wrote it.

Only those few lines are asked, and the ones right above the headline that belong to it. The masthead is in neither, so
that the day of an edition is not taken for the article's; nor is the day of a change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from aggregator.pages import wording
from aggregator.pages.article.blocks import Block, shown, split_words
from aggregator.pages.article.titles import alike
from aggregator.pages.dates import LONGEST, date_order, find_date
from aggregator.text.dates import parse_date

_SURE = 0.8
_ABOVE, _BETWEEN = 3, 12
"""Blocks above a headline that may belong to it, and those beneath that are looked at."""
_LEAST = 7
"""Words that a standfirst has more than."""
_SENTENCE = re.compile(r"[.!?…。]$")
_CHANGED = re.compile(
    r"\b(?:updated|modified|changed|aktualisiert|geändert|mis à jour|actualizad[oa]|atualizad[oa]|aggiornat[oa]"
    r"|gewijzigd|обновлено)\b|更新",
    re.IGNORECASE,
)
_EDITION = re.compile(r"\b(?:edition|ausgabe|édition|edici[óo]n|edição|edizione|issue|vol|no)\b", re.IGNORECASE)
_RELEASED = re.compile(
    r"\W*+(?:released|published|posted|issued|date|datum|veröffentlicht|erschienen|publié|publicado|pubblicato)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:on|from|until|till|since|before|after|by|in|of|am|vom|seit|bis|ab|du|au|depuis|desde|hasta|dal|fino)"
    r" (?:[^\W\d_]+,? )?\d",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:^|[\W_])(?:by|byline|authors?|autor(?:en)?|auteurs?|firma|signature)(?:$|[\W_])", re.I)
_AFTER_NAMES = re.compile(
    r"\d|[|·•–—;(/@]|\. |\s-\s|\s(?:in|on|at|for|from|am|für|pour|para|le)\s"
    r"|,?\s(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)\b",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(r", | and | und | et | y | e | & ")
_ROLE = re.compile(r"\b(?:editors?|correspondents?|reporters?|writers?|staff|photo\w*|producers?)\b", re.IGNORECASE)


class Byline:
    """The lines that belong to a headline: the headline, those `above` it and those `beneath`. `language`: of the page,
    which tells day from month in 3/4/2026."""

    def __init__(self, above: Sequence[Block], headline: Block, beneath: Sequence[Block], language: str | None) -> None:
        self._above = above
        self._headline = headline
        self._beneath = beneath
        self._order = date_order("", (language or "").lower())

    def published(self) -> str | None:
        """The date of a `<time>`, else of a line; as written."""
        boxed = [block for block in self._above if _share_header(block, self._headline)]
        times = (one for block in [self._headline, *self._beneath, *boxed] for one in _times(block))
        lines = (block.text for block in [*self._beneath, *self._led_by()] if not block.is_heading)
        dates = (found for line in lines if (found := self._date(line)))
        return next((one for one in times if parse_date(one)), None) or next(dates, None)

    def _led_by(self) -> Sequence[Block]:
        """The line right above the headline, where it says that it is the date, or is all that stands there."""
        around = self._headline.place[0]
        if not self._above or around is not self._above[-1].place[0] or around.tag in ("body", "main"):
            return []
        line = self._above[-1]
        alone = len(self._above) < 2 or around not in self._above[-2].place
        bare = alone and split_words(self._date(line.text) or "") == line.words
        return [line] if bare or _RELEASED.match(line.text) else []

    def _date(self, line: str) -> str | None:
        if len(line) > LONGEST or _EDITION.search(line):
            return None
        line = _CHANGED.split(line)[0]
        return None if _TOLD.search(line) and not wording.is_credit_line(line) else find_date(line, self._order)

    def standfirst(self) -> str | None:
        """The sentences beneath the headline, which are no part of the text."""
        above_pictures = takewhile(lambda block: block.element.tag != "figcaption", self._beneath)
        long = (one.text for one in above_pictures if one.linked < 0.3 and len(one.words) > _LEAST)
        return next((text for text in long if len(text) > LONGEST or _SENTENCE.search(text)), None)

    def authors(self) -> list[str]:
        """Those who are marked as such, or named after "By"."""
        for block in self._beneath:
            marked = (one for one in block.element.iter("a") if "author" in (one.get("rel") or "").split())
            if names := [text for one in marked if (text := wording.strip_by(shown(one)))] or self._named(block):
                return list(dict.fromkeys(names))
        return []

    def _named(self, block: Block) -> list[str]:
        line = wording.strip_by(block.text)
        if len(line) > 2 * LONGEST or not (line != block.text or _NAMED.search(_names(block.element))):
            return []
        text = line.partition(find_date(line, self._order) or "\n")[0]
        first, *more = [part.strip(" ,.:") for part in _BETWEEN_NAMES.split(_AFTER_NAMES.split(text)[0])]
        names = [first, *(one for one in more if " " in one and not _ROLE.search(one))]
        return names if all(map(_is_name, names)) else []


def byline_of(title: str, blocks: Sequence[Block], first: int, language: str | None) -> Byline | None:
    """The byline under the headline that says this title, where there is one above the text. `first`: the place of the
    block with which the text begins; `language`: of the page."""
    place = next((n for n in reversed(range(first)) if _says(blocks[n], title)), None)
    if place is None:
        return None
    beneath = blocks[place + 1 : min(first, place + _BETWEEN)]
    return Byline(blocks[max(0, place - _ABOVE) : place], blocks[place], beneath, language)


def _says(block: Block, title: str) -> bool:
    size = len(split_words(title))
    return min(3, size) <= len(block.words) <= 2 * size and alike(block.text, title) > _SURE


def _times(block: Block) -> Iterator[str]:
    for one in block.element.iter("time"):
        if not _CHANGED.search(shown(one)):
            yield one.get("datetime") or shown(one)


def _share_header(one: Block, headline: Block) -> bool:
    """Whether both stand in the same small element: an article, its header, its first part."""
    around = next((element for element in headline.place if element in one.place), None)
    if around is None or around.tag not in ("header", "article", "hgroup", "div", "section"):
        return False
    return len(list(around.iter("h1", "h2"))) == 1


def _is_name(text: str) -> bool:
    return text[:1].isupper() and len(text.split()) < 6


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('itemprop') or ''}"
