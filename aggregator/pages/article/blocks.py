"""Splits a page into blocks: paragraphs, headings, list items and table rows.

A block is an element without a block in it. Text beside blocks, or separated by double line breaks, is wrapped in
paragraphs first, so that each text of the page belongs to exactly one block. So are lines of buttons and labels, which
old-style pages put into one table cell with the article, separated by single line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aggregator.pages import wording
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
_STYLE_TAGS = ("font", "big", "nobr")
_MOST_STYLES = 1_000
"""Maximum number of these elements that are unwrapped: each time, the children of its parent are counted."""
_PROSE = 60
"""Length from which a line is running text, in characters, and not a line of a poem, a list or an address."""
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
    _unwrap_fonts(root)
    for element in root.iter("br"):
        element.tail = f" {element.tail or ''}"  # so that it separates words
    containers = _containers(root)
    for element in list(root.iter(*BLOCK_TAGS, *{container.tag for container in containers})):
        furniture = _breaks_at_furniture(element, containers)
        if element in containers or furniture or _has_breaks(element):
            _wrap_bare_text(element, containers, furniture)
    return [block for block in _leaves(root) if block.words]


def _unwrap_fonts(root: Any) -> None:
    """Remove the tags of elements that only style several lines, so that these lines are children of their block."""
    for element in list(islice(root.iter(*_STYLE_TAGS), _MOST_STYLES)):
        if element.find(".//br") is not None and element.getparent() is not None:
            element.drop_tag()


def _breaks_at_furniture(element: Any, containers: set[Any]) -> set[Any]:
    """Return the line breaks in an element before and after lines that are furniture of the page, not text.

    These are lines at the beginning or the end, also below a headline, and those between paragraphs, each beside a line
    of prose: in a poem, a list or an address, a line that reads like a button is text.
    """
    if element.tag in _LAYOUT_TAGS or element.tag == "pre" or element.find("br") is None:
        return set()
    breaks, lines = _lines(element, containers)
    found: set[Any] = set()
    for n in (n for n, line in enumerate(lines) if _is_prose_line(line)):
        for step in (-1, 1):
            end = n + step
            while 0 <= end < len(lines) and (not lines[end] or wording.is_furniture(lines[end])):
                end += step
            first, last = min(n, end) + 1, max(n, end)
            is_above = step < 0 <= end and not any(lines[:end])  # a headline, beside furniture or not
            is_edge = is_above or not 0 <= end < len(lines) or _is_prose_line(lines[end])
            if is_edge and (any(lines[first:last]) or (is_above and element.tag == "td")):
                found.update(breaks[first : last + 1])
    return found - {None}


def _lines(element: Any, containers: set[Any]) -> tuple[list[Any], list[str]]:
    """Return the lines of text in an element, and the line break before each, or None; a paragraph counts as a line.

    Another break without a line stands for the end.
    """
    breaks, lines = [None], [element.text or ""]
    for child in element:
        if child.tag == "br" or child.tag in BLOCK_TAGS or child in containers:
            breaks.append(child if child.tag == "br" else None)
            if child.tag != "br":
                breaks.append(None)
                lines.append("".join(child.itertext()) if child.tag == "p" else "")
            lines.append(child.tail or "")
        else:
            lines[-1] += "".join(child.itertext()) + (child.tail or "")
    return [*breaks, None], [" ".join(line.split()) for line in lines]


def _is_prose_line(line: str) -> bool:
    return len(line) > _PROSE


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


def _wrap_bare_text(element: Any, containers: set[Any], breaks: set[Any]) -> None:
    """Wrap text and inline elements that are direct children of an element in paragraphs, which end at `breaks` too."""
    if element.tag in _LAYOUT_TAGS:
        return
    if element.tag == "p":
        element.tag = "div"
    start = element.makeelement("p")  # the first paragraph is inserted after this one
    text, element.text = element.text, None
    element.insert(0, start)
    run = _add_text(start, None, text)
    for child in list(element)[1:] if run is None else list(run.itersiblings()):
        ends_paragraph = child.tag in BLOCK_TAGS or child in containers or child in breaks or _is_double(child)
        tail, child.tail = child.tail, None
        if ends_paragraph:
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
