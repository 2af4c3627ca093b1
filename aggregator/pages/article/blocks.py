"""Splits a page into blocks: paragraphs, headings, list items and table rows.

A block is an element without a block in it. Text beside blocks, or separated by double line breaks, is wrapped in
paragraphs first, so that each text of the page belongs to exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.pages.document import split_joined_sentences
from aggregator.pages.tree import HEADINGS

MOST = 10_000
"""Maximum number of blocks that are read from a page; 127 news pages have some hundreds each."""
_DEEPEST = 60
"""Maximum number of ancestors that a block keeps."""

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
    """Return the words of a text, in order."""
    return _WORD.findall(text)


class Block:
    """An element without a block in it, and its text.

    `text`: with single spaces; `words`: its words; `link_share`: the share of the text in links, 0 to 1; `tag`: that of
    the element, or of a heading around it; `ancestors`: nearest first.
    """

    __slots__ = ("ancestors", "element", "link_share", "tag", "text", "words")

    def __init__(self, element: Any, text: str) -> None:
        self.element = element
        self.text = text
        self.words = split_words(text)
        self.ancestors = tuple(islice(element.iterancestors(), _DEEPEST))
        headings = (ancestor.tag for ancestor in self.ancestors[:4] if ancestor.tag in HEADINGS)
        self.tag: str = element.tag if element.tag in HEADINGS else next(headings, element.tag)
        in_link = any(ancestor.tag == "a" for ancestor in self.ancestors)
        self.link_share = 1.0 if in_link else _link_length(element) / len(text)

    @property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS

    @property
    def is_prose(self) -> bool:
        """Whether the block is running text by its length, and not a line of links."""
        return (
            len(self.text) * (1 if self.text.isascii() else 1.5) > 80 and self.link_share < 0.5 and not self.is_heading
        )

    @property
    def kind(self) -> tuple[object, ...]:
        """Key of the blocks that a template produces in the same way."""
        parents = [(ancestor.tag, ancestor.get("class")) for ancestor in self.ancestors[:2]]
        return self.element.tag, *parents


def _link_length(element: Any) -> int:
    return sum(len(block_text(link)) for link in element.iter("a"))


def block_text(element: Any) -> str:
    """Return the text of an element with single spaces; cells of a table row are separated by a space."""
    parts = [" ".join(cell.itertext()) for cell in element] if element.tag == "tr" else element.itertext()
    return " ".join(" ".join(parts).split() if element.tag == "tr" else "".join(parts).split())


def blocks_of(root: Any) -> list[Block]:
    """Return all blocks with words, in document order. Wraps bare text in paragraphs, which changes the tree."""
    for element in root.iter("br"):
        element.tail = f" {element.tail or ''}"  # so that it separates words
    containers = _containers(root)
    for element in list(root.iter(*BLOCK_TAGS, *{container.tag for container in containers})):
        if element in containers or _has_breaks(element):
            _wrap_bare_text(element, containers)
    return [block for block in _leaves(root) if block.words]


def _containers(root: Any) -> set[Any]:
    """Return the elements that contain a block."""
    containers: set[Any] = set()
    for element in root.iter(*BLOCK_TAGS):
        for ancestor in element.iterancestors():
            if ancestor in containers:
                break
            containers.add(ancestor)
    return containers


def _has_breaks(element: Any) -> bool:
    """Return whether double line breaks, or lost paragraph breaks, are direct children of an element."""
    if element.tag in _LAYOUT_TAGS or element.tag == "pre":
        return False
    texts = [element.text or "", *(child.tail or "" for child in element)]
    return any(_is_double(child) for child in element if child.tag == "br") or any(
        len(split_joined_sentences(t)) > 1 for t in texts
    )


def _is_double(br: Any) -> bool:
    following = br.getnext()
    return br.tag == "br" and following is not None and following.tag == "br" and not (br.tail or "").strip()


def _wrap_bare_text(element: Any, containers: set[Any]) -> None:
    """Wrap text and inline elements that are direct children of an element in paragraphs."""
    if element.tag in _LAYOUT_TAGS:
        return
    if element.tag == "p":
        element.tag = "div"
    start = element.makeelement("p")  # the first paragraph is inserted after this one
    text, element.text = element.text, None
    element.insert(0, start)
    run = _add_text(start, None, text)
    for child in list(element)[1:] if run is None else list(run.itersiblings()):
        tail, child.tail = child.tail, None
        if child.tag in BLOCK_TAGS or child in containers or _is_double(child):
            run = _add_text(child, None, tail)
            continue
        if run is None:
            run = element.makeelement("p")
            child.addprevious(run)
        run.append(child)
        run = _add_text(run, run, tail)
    element.remove(start)


def _add_text(after: Any, run: Any, text: str | None) -> Any:
    """Append a text to the paragraph `run`, or to a new one `after` an element, and return the last paragraph.

    Text after a lost paragraph break gets a paragraph of its own.
    """
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
    containers, count = _containers(root), 0
    rows = {row for row in root.iter("tr") if len(row) > 1 and not any(cell in containers for cell in row)}
    for element in root.iter(*BLOCK_TAGS):
        if (element in containers and element not in rows) or element.getparent() in rows:
            continue
        if text := block_text(element):
            yield Block(element, text)
            count += 1
        if count >= MOST:
            return
