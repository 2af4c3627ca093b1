"""Renders the blocks and pictures of an article as clean HTML, within their lists, quotes and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from aggregator.pages.article.blocks import Block
from aggregator.pages.tree import HEADINGS
from aggregator.text.urls import absolute

_INLINE = frozenset("abbr b cite code del dfn em i ins kbd mark q s samp small strong sub sup time u var".split())
_CONTAINERS = frozenset(("ul", "ol", "li", "blockquote", "dl"))
_BLOCK_TAGS = HEADINGS | {"li", "pre", "dt", "dd", "tr"}


def render_html(blocks: Sequence[Block], pictures: Iterable[tuple[Any, str]], base: str | None) -> str:
    """Render blocks of a page as HTML. `pictures`: elements between them with their URLs; `base`: base URL of links."""
    figures = {id(element): _figure(element, url) for element, url in pictures}
    by_element = {block.element: block for block in blocks}
    writer = _HtmlWriter()
    for element in blocks[0].element.getroottree().iter():
        if block := by_element.get(element):
            writer.add(_chain(block), _block(block, base))
        elif figure := figures.get(id(element)):
            writer.add([], figure)
    return writer.finish()


class _HtmlWriter:
    """Writes HTML block by block. Lists and quotes stay open while the next block is in them too."""

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

    def finish(self) -> str:
        self._close(0)
        return "".join(self._parts)


def _chain(block: Block) -> list[Any]:
    """Return the lists, quotes and, for a row, the table around a block, outermost first; lists only around items."""
    containers: list[Any] = []
    inner = block.element
    for element in block.ancestors:
        if element.tag in ("ul", "ol", "dl") and inner.tag not in ("li", "dt", "dd"):
            continue
        if element.tag in _CONTAINERS or (element.tag == "table" and inner.tag == "tr"):
            containers.append(element)
            inner = element
    return containers[::-1]


def _block(block: Block, base: str | None) -> str:
    element = block.element
    if element.tag == "tr":
        cells = (f"<{cell.tag}>{_inline(cell, base)}</{cell.tag}>" for cell in element if cell.tag in ("td", "th"))
        return f"<tr>{''.join(cells)}</tr>"
    tag = block.tag if block.tag in _BLOCK_TAGS else "p"
    inner = _inline(element, base).strip().removeprefix("<br>").removesuffix("<br>").strip()
    html = f"<{tag}>{inner}</{tag}>"
    return f"<blockquote>{html}</blockquote>" if element.tag == "blockquote" else html


def _inline(element: Any, base: str | None) -> str:
    return "".join(_pieces(element, base))


def _pieces(element: Any, base: str | None) -> Iterator[str]:
    """Yield the HTML in a block, with its links and emphasis; the parser bounds the recursion."""
    yield escape(element.text or "", quote=False)
    for child in element:
        url = absolute(child.get("href") or "", base) if child.tag == "a" else None
        if child.tag == "br":
            yield "<br>"
        elif url:
            yield f'<a href="{escape(url)}">{_inline(child, base)}</a>'
        elif child.tag in _INLINE and (inner := _inline(child, base)).strip():
            yield f"<{child.tag}>{inner}</{child.tag}>"
        else:
            yield _inline(child, base)
        yield escape(child.tail or "", quote=False)


def _figure(image: Any, url: str) -> str:
    return f'<figure><img src="{escape(url)}" alt="{escape(" ".join((image.get("alt") or "").split()))}"></figure>'
