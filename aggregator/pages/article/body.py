"""Selects the blocks of a page that form the article: completes and cleans the selection of trafilatura.

Blocks of the same template are added, since grids and advertisements split articles; the headline, the standfirst
(which becomes the summary), credit lines, links to other articles and promotions are removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aggregator.pages import wording
from aggregator.pages.article.blocks import Block

_ENDS = tuple(".!?…。\"”’':)»")
_TITLE = 300
_SHORT, _LONG = 30, 60
"""Maximum length of boilerplate lines, in words: of those that an article may contain too, and of the others."""


class Draft:
    """The current selection of blocks. `blocks`: all of the page; `selected`: indexes of those in the article."""

    def __init__(self, blocks: Sequence[Block], selected: Iterable[int]) -> None:
        self.blocks = blocks
        self.selected = set(selected)
        self.prose = [block.is_prose for block in blocks]
        self.promotions = {
            block.ancestors[0] for block in blocks if block.is_heading and wording.is_promotion(block.text)
        }
        self.measure()

    def measure(self) -> None:
        """Compute where the prose begins and ends, and its length within each element, in characters."""
        core = [n for n in sorted(self.selected) if self.prose[n]] or sorted(self.selected)
        self.first, self.last = (core[0], core[-1]) if core else (0, -1)
        self.lengths: Counter[Any] = Counter()
        self.kinds: Counter[Any] = Counter()
        self.total = 0
        for block in (self.blocks[n] for n in core):
            self.total += len(block.text)
            self.kinds[block.kind] += len(block.text)
            for element in block.ancestors:
                self.lengths[element] += len(block.text)

    def complete(self) -> None:
        """Add blocks of the article that are missing from the selection."""
        self._add(range(self.first, len(self.blocks)), self._is_of_main_kind)
        self._add(range(max(0, self.first - 4), self.first), self._is_lead)
        self._add(range(self.first, self.last), lambda n: _is_quoted(self.blocks[n]))
        self.measure()

    def _add(self, indexes: Iterable[int], is_wanted: Callable[[int], bool]) -> None:
        self.selected.update([n for n in indexes if is_wanted(n)])

    def _is_of_main_kind(self, n: int) -> bool:
        return self.prose[n] and self.kinds[self.blocks[n].kind] * 2 > self.total

    def _is_lead(self, n: int) -> bool:
        block, first = self.blocks[n], self.blocks[self.first]
        return self.prose[n] and block.ancestors[0] is first.ancestors[0] and block.tag == first.tag != "li"

    def clean(self, titles: Sequence[list[str]]) -> None:
        """Remove blocks that are not part of the article."""
        self.selected &= set(range(self._start_below_headline(titles), self._end()))
        lists = {id(b.ancestors[0]) for b in self.in_order() if b.tag == "li" and b.link_share < 0.5}
        self.selected = {n for n in self.selected if not self._is_junk(n, titles, lists)}
        self._drop_bare_headings()

    def _start_below_headline(self, titles: Sequence[list[str]]) -> int:
        """Return the index after the last block that repeats the title with nearly all prose of the main kind below.

        0 without such a block.
        """
        start, above = 0, 0
        kind = max(self.kinds, key=lambda kind: self.kinds[kind], default=None)
        for n, block in enumerate(self.blocks):
            if above * 10 > self.total or n >= self.last:
                break
            if len(block.words) > 2 and len(block.text) < _TITLE and _matches_title(block, titles[:1]):
                start = n + 1
            if n in self.selected and self.prose[n] and block.kind == kind:
                above += len(block.text)
        return start

    def _end(self) -> int:
        """Return the index of an end mark, or the number of blocks."""
        late = range(max(0, self.first + self.last) // 2, len(self.blocks))
        return next((n for n in late if wording.is_end_mark(self.blocks[n].text)), len(self.blocks))

    def in_order(self) -> list[Block]:
        """Return the selected blocks in document order."""
        return [self.blocks[n] for n in sorted(self.selected)]

    def _is_junk(self, n: int, titles: Sequence[list[str]], lists: set[int]) -> bool:
        block = self.blocks[n]
        if wording.is_label(block.text) or self._is_furniture(n) or self._is_in_boilerplate(block):
            return True
        above = n < self.first
        if ((above or block.is_heading) and _repeats_title(block, titles)) or (above and self._is_preface(block)):
            return True
        return self._reads_like_boilerplate(n) or self._is_bare_link(n, lists)

    def _is_furniture(self, n: int) -> bool:
        """Return whether a block is a line of buttons or labels that was split from a paragraph at a line break."""
        element = self.blocks[n].element
        beside = (element.getprevious(), element.getnext())
        is_split = element.tag == "p" and any(other is not None and other.tag == "br" for other in beside)
        return is_split and wording.is_furniture(self.blocks[n].text)

    def _is_in_boilerplate(self, block: Block) -> bool:
        """Return whether a block is in an element named like boilerplate, or headed by a promotion.

        Elements that hold much of the article do not count.
        """
        for element in (block.element, *block.ancestors):
            if element.tag == "blockquote" or self.lengths[element] > 0.3 * self.total:
                return False
            is_named = element.tag in ("aside", "nav", "footer") or wording.is_boilerplate_name(_names(element))
            if is_named or element in self.promotions:
                return True
        return False

    def _is_preface(self, block: Block) -> bool:
        """Return whether a block above the article is a standfirst, or a line with a date, a place or a section."""
        if block.is_heading:
            return len(block.words) > 7
        is_apart = block.ancestors[0] is not self.blocks[self.first].ancestors[0]
        has_number = any(word.isdigit() for word in block.words)
        return (
            len(block.text) < 80 and not block.text.endswith(_ENDS) and block.tag != "li" and (is_apart or has_number)
        )

    def _reads_like_boilerplate(self, n: int) -> bool:
        block = self.blocks[n]
        if len(block.words) > _LONG:
            return False
        is_late = n > self.first + 0.6 * (self.last - self.first)
        return (
            wording.is_copyright_notice(block.text)
            or (wording.is_credit_line(block.text) and len(block.words) < _SHORT)
            or (
                wording.is_promotion(block.text)
                and (is_late or block.link_share > 0.1)
                and len(block.words) < 1.5 * _SHORT
            )
            or (wording.is_cross_reference(block.text) and (block.link_share > 0.4 or _is_lead_in(block)))
        )

    def _is_bare_link(self, n: int, lists: set[int]) -> bool:
        block = self.blocks[n]
        if block.link_share < 0.6 or id(block.ancestors[0]) in lists:
            return False
        if block.is_heading:
            return block.link_share > 0.9 and not self._has_prose_beside(n)
        return block.link_share > 0.9 or not block.text.endswith(_ENDS)

    def _has_prose_beside(self, n: int) -> bool:
        near = range(max(0, n - 6), min(len(self.blocks), n + 6))
        return any(
            m in self.selected and self.prose[m] and self.blocks[m].ancestors[0] is self.blocks[n].ancestors[0]
            for m in near
        )

    def _drop_bare_headings(self) -> None:
        """Remove headings without text below them."""
        following = 0
        for n in sorted(self.selected, reverse=True):
            rank = int(self.blocks[n].tag[1]) if self.blocks[n].is_heading else 9
            if following <= rank < 9:
                self.selected.discard(n)
            else:
                following = rank


def _is_quoted(block: Block) -> bool:
    """Return whether a block is a quotation, or code."""
    return any(element.tag in ("blockquote", "pre") for element in (block.element, *block.ancestors))


def _is_lead_in(block: Block) -> bool:
    return len(block.words) < 6 and block.text.endswith(":")


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _repeats_title(block: Block, titles: Sequence[list[str]]) -> bool:
    """Return whether a block repeats a title; an `h1` may repeat a part of it."""
    words = {word.casefold() for word in block.words}
    return _matches_title(block, titles) or (
        block.tag == "h1" and any(words <= set(map(str.casefold, t)) for t in titles)
    )


def _matches_title(block: Block, titles: Sequence[list[str]]) -> bool:
    words = {word.casefold() for word in block.words}
    title_words = (set(map(str.casefold, title)) for title in titles)
    return any(len(words & title) > 0.6 * len(words | title) for title in title_words)


def article_blocks(blocks: Sequence[Block], extracted: Sequence[bool], titles: Sequence[list[str]]) -> list[Block]:
    """Return the blocks of the article, in document order.

    `extracted`: for each block, whether trafilatura extracts it; `titles`: the titles of the page, as lists of words.
    """
    draft = Draft(blocks, [n for n, is_extracted in enumerate(extracted) if is_extracted] or main_prose(blocks))
    draft.complete()
    draft.clean(titles)
    return draft.in_order()


def main_prose(blocks: Sequence[Block], extracted: Sequence[bool] | None = None) -> list[int]:
    """Return the indexes of the prose blocks of the most frequent kind; only of those `extracted`, if set."""
    lengths: Counter[Any] = Counter()
    indexes = [n for n, block in enumerate(blocks) if block.is_prose and (extracted is None or extracted[n])]
    for n in indexes:
        lengths[blocks[n].kind] += len(blocks[n].text)
    main_kind = max(lengths, key=lambda kind: lengths[kind], default=None)
    return [n for n in indexes if blocks[n].kind == main_kind]
