"""The article as clean HTML: its blocks and pictures, within their lists, quotes and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from aggregator.pages.article.blocks import Block
from aggregator.pages.tree import HEADINGS
from aggregator.text.urls import absolute

_INLINE = frozenset("abbr b cite code del dfn em i ins kbd mark q s samp small strong sub sup time u var".split())
_AROUND = frozenset(("ul", "ol", "li", "blockquote", "dl"))
_OWN = HEADINGS | {"li", "pre", "dt", "dd", "tr"}


def render_html(blocks: Sequence[Block], pictures: Iterable[tuple[Any, str]], base: str | None) -> str:
    """The HTML of these blocks of a page. `pictures`: elements between them, with their addresses; `base`: what
    addresses are relative to."""
    figures = {id(element): _figure(element, address) for element, address in pictures}
    by_element = {block.element: block for block in blocks}
    written = _HtmlWriter()
    for element in blocks[0].element.getroottree().iter():
        if block := by_element.get(element):
            written.add(_chain(block), _block(block, base))
        elif figure := figures.get(id(element)):
            written.add([], figure)
    return written.ended()


class _HtmlWriter:
    """HTML that grows block by block. Lists and quotes stay open as long as the next block lies in them, too."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._open: list[Any] = []

    def add(self, chain: Sequence[Any], html: str) -> None:
        common = 0
        while common < min(len(chain), len(self._open)) and chain[common] is self._open[common]:
            common += 1
        self._close(common)
        for element in chain[common:]:
            self._parts.append(f"<{element.tag}>")
            self._open.append(element)
        self._parts.append(html)

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            self._parts.append(f"</{self._open.pop().tag}>")

    def ended(self) -> str:
        self._close(0)
        return "".join(self._parts)


def _chain(block: Block) -> list[Any]:
    """The lists, quotes and (of a row) the table around a block, the outermost first; no list around no item."""
    found: list[Any] = []
    inner = block.element
    for element in block.place:
        if element.tag in ("ul", "ol", "dl") and inner.tag not in ("li", "dt", "dd"):
            continue
        if element.tag in _AROUND or (element.tag == "table" and inner.tag == "tr"):
            found.append(element)
            inner = element
    return found[::-1]


def _block(block: Block, base: str | None) -> str:
    element = block.element
    if element.tag == "tr":
        cells = (f"<{cell.tag}>{_inline(cell, base)}</{cell.tag}>" for cell in element if cell.tag in ("td", "th"))
        return f"<tr>{''.join(cells)}</tr>"
    tag = block.tag if block.tag in _OWN else "p"
    inner = _inline(element, base).strip().removeprefix("<br>").removesuffix("<br>").strip()
    html = f"<{tag}>{inner}</{tag}>"
    return f"<blockquote>{html}</blockquote>" if element.tag == "blockquote" else html


def _inline(element: Any, base: str | None) -> str:
    return "".join(_pieces(element, base))


def _pieces(element: Any, base: str | None) -> Iterator[str]:
    """The text within a block, with its links and emphasis; the parser bounds how deep it is."""
    yield escape(element.text or "", quote=False)
    for child in element:
        address = absolute(child.get("href") or "", base) if child.tag == "a" else None
        if child.tag == "br":
            yield "<br>"
        elif address:
            yield f'<a href="{escape(address)}">{_inline(child, base)}</a>'
        elif child.tag in _INLINE and (inner := _inline(child, base)).strip():
            yield f"<{child.tag}>{inner}</{child.tag}>"
        else:
            yield _inline(child, base)
        yield escape(child.tail or "", quote=False)


def _figure(image: Any, address: str) -> str:
    return f'<figure><img src="{escape(address)}" alt="{escape(" ".join((image.get("alt") or "").split()))}"></figure>'
