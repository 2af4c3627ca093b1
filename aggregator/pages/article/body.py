"""Which blocks of a page are the article: trafilatura's choice, completed and cleaned.

Completed with what the same template writes like most of it, since grids and advertisements cut articles into pieces;
cleaned of what only looks like it: the headline, the standfirst (it is the summary), signatures, links onward, offers.
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
"""Words up to which what is worded like furniture is furniture: where an article may say it, too, and where not."""


class Draft:
    """The article as far as it is known. `blocks`: of the page; `kept`: the places of those that are in it."""

    def __init__(self, blocks: Sequence[Block], kept: Iterable[int]) -> None:
        self.blocks = blocks
        self.kept = set(kept)
        self.prose = [block.is_prose for block in blocks]
        self.offering = {block.place[0] for block in blocks if block.is_heading and wording.is_promotion(block.text)}
        self.measure()

    def measure(self) -> None:
        """Where its prose begins and ends, and how much of it lies within each element, in characters."""
        sure = [n for n in sorted(self.kept) if self.prose[n]] or sorted(self.kept)
        self.first, self.last = (sure[0], sure[-1]) if sure else (0, -1)
        self.held: Counter[Any] = Counter()
        self.kinds: Counter[Any] = Counter()
        self.total = 0
        for block in (self.blocks[n] for n in sure):
            self.total += len(block.text)
            self.kinds[block.kind] += len(block.text)
            for element in block.place:
                self.held[element] += len(block.text)

    def complete(self) -> None:
        """Add what was overlooked."""
        self._add(range(self.first, len(self.blocks)), self._is_of_its_kind)
        self._add(range(max(0, self.first - 4), self.first), self._leads_in)
        self._add(range(self.first, self.last), lambda n: _is_quoted(self.blocks[n]))
        self.measure()

    def _add(self, places: Iterable[int], wanted: Callable[[int], bool]) -> None:
        self.kept.update([n for n in places if wanted(n)])

    def _is_of_its_kind(self, n: int) -> bool:
        return self.prose[n] and self.kinds[self.blocks[n].kind] * 2 > self.total

    def _leads_in(self, n: int) -> bool:
        block, first = self.blocks[n], self.blocks[self.first]
        return self.prose[n] and block.place[0] is first.place[0] and block.tag == first.tag != "li"

    def clean(self, titles: Sequence[list[str]]) -> None:
        """Take out what is no part of it."""
        self.kept &= set(range(self._headline(titles), self._end()))
        lists = {id(b.place[0]) for b in self.in_order() if b.tag == "li" and b.linked < 0.5}
        self.kept = {n for n in self.kept if not self._is_junk(n, titles, lists)}
        self._drop_bare_headings()

    def _headline(self, titles: Sequence[list[str]]) -> int:
        """Where the article begins: behind the last block that says its title with nearly all prose of the article's
        own make beneath it; else 0."""
        start, above = 0, 0
        kind = max(self.kinds, key=lambda one: self.kinds[one], default=None)
        for n, block in enumerate(self.blocks):
            if above * 10 > self.total or n >= self.last:
                break
            if len(block.words) > 2 and len(block.text) < _TITLE and _says(block, titles[:1]):
                start = n + 1
            if n in self.kept and self.prose[n] and block.kind == kind:
                above += len(block.text)
        return start

    def _end(self) -> int:
        """Where the article says that it ends."""
        late = range(max(0, self.first + self.last) // 2, len(self.blocks))
        return next((n for n in late if wording.is_end_mark(self.blocks[n].text)), len(self.blocks))

    def in_order(self) -> list[Block]:
        return [self.blocks[n] for n in sorted(self.kept)]

    def _is_junk(self, n: int, titles: Sequence[list[str]], lists: set[int]) -> bool:
        block = self.blocks[n]
        if wording.is_label(block.text) or self._is_apart(block):
            return True
        above = n < self.first
        if ((above or block.is_heading) and _repeats(block, titles)) or (above and self._is_preface(block)):
            return True
        return self._reads_like_furniture(n) or self._is_bare_link(n, lists)

    def _is_apart(self, block: Block) -> bool:
        """Whether it lies in a part that is called furniture or headed by an offer, and holds little of the article."""
        for element in (block.element, *block.place):
            if element.tag == "blockquote" or self.held[element] > 0.3 * self.total:
                return False
            named = element.tag in ("aside", "nav", "footer") or wording.is_boilerplate_name(_names(element))
            if named or element in self.offering:
                return True
        return False

    def _is_preface(self, block: Block) -> bool:
        """A standfirst, or a line with a date, a place, a section above the article."""
        if block.is_heading:
            return len(block.words) > 7
        apart = block.place[0] is not self.blocks[self.first].place[0]
        dated = any(word.isdigit() for word in block.words)
        return len(block.text) < 80 and not block.text.endswith(_ENDS) and block.tag != "li" and (apart or dated)

    def _reads_like_furniture(self, n: int) -> bool:
        block = self.blocks[n]
        if len(block.words) > _LONG:
            return False
        late = n > self.first + 0.6 * (self.last - self.first)
        return (
            wording.is_copyright_notice(block.text)
            or (wording.is_credit_line(block.text) and len(block.words) < _SHORT)
            or (wording.is_promotion(block.text) and (late or block.linked > 0.1) and len(block.words) < 1.5 * _SHORT)
            or (wording.is_cross_reference(block.text) and (block.linked > 0.4 or _announces(block)))
        )

    def _is_bare_link(self, n: int, lists: set[int]) -> bool:
        block = self.blocks[n]
        if block.linked < 0.6 or id(block.place[0]) in lists:
            return False
        if block.is_heading:
            return block.linked > 0.9 and not self._has_prose_beside(n)
        return block.linked > 0.9 or not block.text.endswith(_ENDS)

    def _has_prose_beside(self, n: int) -> bool:
        near = range(max(0, n - 6), min(len(self.blocks), n + 6))
        return any(
            m in self.kept and self.prose[m] and self.blocks[m].place[0] is self.blocks[n].place[0] for m in near
        )

    def _drop_bare_headings(self) -> None:
        """Those with no text beneath them."""
        following = 0
        for n in sorted(self.kept, reverse=True):
            rank = int(self.blocks[n].tag[1]) if self.blocks[n].is_heading else 9
            if following <= rank < 9:
                self.kept.discard(n)
            else:
                following = rank


def _is_quoted(block: Block) -> bool:
    """Whether it is a quotation, or code."""
    return any(element.tag in ("blockquote", "pre") for element in (block.element, *block.place))


def _announces(block: Block) -> bool:
    return len(block.words) < 6 and block.text.endswith(":")


def _names(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _repeats(block: Block, titles: Sequence[list[str]]) -> bool:
    """Whether it says a title again, or a part of it as the first heading does."""
    words = {word.casefold() for word in block.words}
    return _says(block, titles) or (block.tag == "h1" and any(words <= set(map(str.casefold, t)) for t in titles))


def _says(block: Block, titles: Sequence[list[str]]) -> bool:
    words = {word.casefold() for word in block.words}
    return any(len(words & said) > 0.6 * len(words | said) for said in (set(map(str.casefold, t)) for t in titles))


def article_blocks(blocks: Sequence[Block], taken: Sequence[bool], titles: Sequence[list[str]]) -> list[Block]:
    """The blocks of the article, in the order of the page. `taken`: a vote for each; `titles`: what the page is called,
    each as its words."""
    draft = Draft(blocks, [n for n, vote in enumerate(taken) if vote] or most_prose(blocks))
    draft.complete()
    draft.clean(titles)
    return draft.in_order()


def most_prose(blocks: Sequence[Block], taken: Sequence[bool] | None = None) -> list[int]:
    """The places of the prose of the kind that the page has most of; `taken`: of what is asked."""
    sizes: Counter[Any] = Counter()
    places = [n for n, block in enumerate(blocks) if block.is_prose and (taken is None or taken[n])]
    for n in places:
        sizes[blocks[n].kind] += len(blocks[n].text)
    kind = max(sizes, key=lambda one: sizes[one], default=None)
    return [n for n in places if blocks[n].kind == kind]
