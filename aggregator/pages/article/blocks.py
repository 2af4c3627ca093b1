"""The blocks of a page: each paragraph, heading, list item or table row, with what can be told of it alone.

A block is an element that holds no other block. Text that lies bare beside blocks, or is parted by doubled line breaks,
is made a paragraph first, so that every text of the page is in exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.pages.document import split_joined_sentences
from aggregator.pages.tree import HEADINGS

MOST = 10_000
"""Blocks of a page that are looked at; the 127 pages of news that were tried have some hundreds."""
_DEEPEST = 60
"""Elements around a block that are looked at."""

BLOCK_TAGS = frozenset(
    """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4
    h5 h6 header hr html li main nav ol p pre section table tbody td tfoot thead th tr ul summary caption menu hgroup
    video audio
    """.split()
)
_LAYOUT_TAGS = frozenset(("ul", "ol", "dl", "table", "tbody", "thead", "tfoot", "tr"))
_WORD = re.compile(r"\w+")


def split_words(text: str) -> list[str]:
    """The words of a text, in their order."""
    return _WORD.findall(text)


class Block:
    """A leaf of the page. `text`: with single spaces; `words`: of it; `linked`: the share of it that is links, 0 to 1;
    `tag`: of the element, `h2` also where the heading is around it; `place`: the elements around it, nearest first."""

    __slots__ = ("element", "linked", "place", "tag", "text", "words")

    def __init__(self, element: Any, text: str) -> None:
        self.element = element
        self.text = text
        self.words = split_words(text)
        self.place = tuple(islice(element.iterancestors(), _DEEPEST))
        around = (one.tag for one in self.place[:4] if one.tag in HEADINGS)
        self.tag: str = element.tag if element.tag in HEADINGS else next(around, element.tag)
        self.linked = 1.0 if any(one.tag == "a" for one in self.place) else _linked(element) / len(text)

    @property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS

    @property
    def is_prose(self) -> bool:
        """Whether it is running text, by its length, and not a line of links."""
        return len(self.text) * (1 if self.text.isascii() else 1.5) > 80 and self.linked < 0.5 and not self.is_heading

    @property
    def kind(self) -> tuple[object, ...]:
        """What it has in common with the other blocks that a template writes like it."""
        around = [(one.tag, one.get("class")) for one in self.place[:2]]
        return self.element.tag, *around


def _linked(element: Any) -> int:
    return sum(len(shown(one)) for one in element.iter("a"))


def shown(element: Any) -> str:
    """The text of an element; that of a table's row with its cells apart."""
    parts = [" ".join(cell.itertext()) for cell in element] if element.tag == "tr" else element.itertext()
    return " ".join(" ".join(parts).split() if element.tag == "tr" else "".join(parts).split())


def blocks_of(root: Any) -> list[Block]:
    """All blocks with words, in the order of the page. Makes paragraphs of bare text: the tree is changed."""
    for element in root.iter("br"):
        element.tail = f" {element.tail or ''}"  # so that it parts words
    holders = _holders(root)
    for element in list(root.iter(*BLOCK_TAGS, *{one.tag for one in holders})):
        if element in holders or _has_breaks(element):
            _make_paragraphs(element, holders)
    return [block for block in _leaves(root) if block.words]


def _holders(root: Any) -> set[Any]:
    """The elements with a block in them."""
    found: set[Any] = set()
    for element in root.iter(*BLOCK_TAGS):
        for one in element.iterancestors():
            if one in found:
                break
            found.add(one)
    return found


def _has_breaks(element: Any) -> bool:
    """Whether there are doubled line breaks, or lost ones, right in it."""
    if element.tag in _LAYOUT_TAGS or element.tag == "pre":
        return False
    texts = [element.text or "", *(child.tail or "" for child in element)]
    return any(_is_double(child) for child in element if child.tag == "br") or any(
        len(split_joined_sentences(t)) > 1 for t in texts
    )


def _is_double(br: Any) -> bool:
    following = br.getnext()
    return br.tag == "br" and following is not None and following.tag == "br" and not (br.tail or "").strip()


def _make_paragraphs(element: Any, holders: set[Any]) -> None:
    """Put what lies bare in an element into paragraphs."""
    if element.tag in _LAYOUT_TAGS:
        return
    if element.tag == "p":
        element.tag = "div"
    start = element.makeelement("p")  # what is put first comes after this
    text, element.text = element.text, None
    element.insert(0, start)
    run = _add_text(start, None, text)
    for child in list(element)[1:] if run is None else list(run.itersiblings()):
        tail, child.tail = child.tail, None
        if child.tag in BLOCK_TAGS or child in holders or _is_double(child):
            run = _add_text(child, None, tail)
            continue
        if run is None:
            run = element.makeelement("p")
            child.addprevious(run)
        run.append(child)
        run = _add_text(run, run, tail)
    element.remove(start)


def _add_text(after: Any, run: Any, text: str | None) -> Any:
    """Put a text at the end of a paragraph, or into a new one `after` an element; what comes after a lost break into
    one more. The last paragraph."""
    if not text or not (text.strip() or run is not None):
        return run
    for number, part in enumerate(split_joined_sentences(text)):
        if run is None or number:
            run = after.makeelement("p")
            after.addnext(run)
            after = run
        if len(run):
            run[-1].tail = (run[-1].tail or "") + part
        else:
            run.text = (run.text or "") + part
    return run


def _leaves(root: Any) -> Iterator[Block]:
    holders, found = _holders(root), 0
    rows = {one for one in root.iter("tr") if len(one) > 1 and not any(cell in holders for cell in one)}
    for element in root.iter(*BLOCK_TAGS):
        if (element in holders and element not in rows) or element.getparent() in rows:
            continue
        if text := shown(element):
            yield Block(element, text)
            found += 1
        if found >= MOST:
            return
