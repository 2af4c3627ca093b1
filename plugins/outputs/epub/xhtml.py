"""Makes the text of an article valid XHTML for e-books: fewer elements, nested as allowed, pictures of the book only.

Sanitised HTML of publishers has list items outside lists, blocks in paragraphs, tables for layout. Browsers forgive it,
e-readers refuse the book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lxml import etree

from aggregator import safe_html
from aggregator.outputs.text import web_address
from aggregator.text.html_tokens import VOID, tokens
from aggregator.text.nesting import limit_depth

from .elements import (
    BLOCKS,
    HEADINGS,
    PARAGRAPHS,
    XHTML,
    append_text,
    element_name,
    inside,
    is_blank,
    is_in,
    set_language,
    sub_element,
)
from .finish import finished

MOST_HTML = 500_000
"""Characters of HTML that are read; the rest is left out."""
MOST_CHARACTERS = 150_000
"""Characters of a text; the rest is left out."""
MOST_ELEMENTS = 10_000
"""Elements of a text; the rest is left out."""
DEEPEST = 40
"""Nested elements; the tags of those below are left out."""

INLINE = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q rt ruby s samp small span strong sub sup u var".split()
)
PLAYERS = frozenset(("audio", "video"))

Image = Callable[[str, str], "dict[str, str] | None"]
"""Returns the attributes of a picture in the book for an address and an alternative text; None if it is not there."""


def article_body(content: str, base: str | None, image: Image, links: dict[str, str]) -> str:
    """Return the text of an article as XHTML, "" if it shows nothing. `content`: HTML of a publisher, not safe.

    `image`: finds the pictures of the book; all others are left out. `links`: texts of links to "audio" and "video".
    """
    safe = safe_html(content[:MOST_HTML], base)
    if not safe:
        return ""
    source = _parsed(safe)
    body = etree.Element(f"{{{XHTML}}}div", nsmap={None: XHTML})
    _Body(image, links).flow(source, body)
    return finished(body)


def _parsed(safe: str) -> etree._Element:
    """Return a tree of sanitised HTML, which is well-formed but for void elements and one entity.

    The HTML parser of lxml would close `<b>` before a paragraph, which browsers do not.
    """
    pieces = (
        f"{token.source.removesuffix('>')}/>" if token.kind == "start" and token.name in VOID else token.source
        for token in limit_depth(tokens(safe))
    )
    parser = etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False, remove_comments=True)
    return etree.fromstring(f"<div>{''.join(pieces).replace('&nbsp;', '&#160;')}</div>", parser)


class _Body:
    """Copies a tree into another that is valid."""

    def __init__(self, image: Image, links: dict[str, str]) -> None:
        self._image = image
        self._links = links
        self._characters = MOST_CHARACTERS
        self._elements = MOST_ELEMENTS

    def flow(self, source: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element] = ()) -> None:
        """Copy the content of an element into one that may contain blocks and text.

        `wrappers`: inline elements around blocks, such as `<b><p>`, which are moved into the blocks.
        """
        self._text(source.text, out, wrappers)
        for child in source:
            self._child(child, out, wrappers, blocks_allowed=True)
            self._text(child.tail, out, wrappers)

    def phrasing(self, source: etree._Element, out: etree._Element) -> None:
        """Copy the content of an element into one that may contain text and inline elements only."""
        self._text(source.text, out)
        for child in source:
            self._child(child, out, (), blocks_allowed=False)
            self._text(child.tail, out)

    def _child(
        self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element], *, blocks_allowed: bool
    ) -> None:
        name = element_name(child)
        self._elements -= 1
        if self._characters <= 0 or self._elements <= 0:
            self._characters = 0
            return
        if name == "rp":
            return  # for programs that cannot show `ruby`
        if name == "img":
            self._picture(child, out, wrappers)
        elif name in PLAYERS:
            self._player(child, out, wrappers)
        elif name in ("br", "wbr"):
            inside(out, wrappers).append(etree.Element(f"{{{XHTML}}}{name}"))
        elif sum(1 for _ in out.iterancestors()) + len(wrappers) >= DEEPEST:
            self.phrasing(child, inside(out, wrappers))
        elif name in INLINE:
            self._inline(child, name, out, wrappers, blocks_allowed=blocks_allowed)
        elif name in BLOCKS and blocks_allowed:
            self._block(child, name, out, wrappers)
        elif blocks_allowed:
            self.flow(child, out, wrappers)
        else:
            self.phrasing(child, out)

    def _inline(
        self,
        child: etree._Element,
        name: str,
        out: etree._Element,
        wrappers: Sequence[etree._Element],
        *,
        blocks_allowed: bool,
    ) -> None:
        element = _inline_element(child, name, out, wrappers)
        if blocks_allowed and _has_blocks(child):
            self.flow(child, out, wrappers if element is None else (*wrappers, element))
        elif element is None:
            self.phrasing(child, inside(out, wrappers) if wrappers else out)
        else:
            inside(out, wrappers).append(element)
            self.phrasing(child, element)

    def _block(self, child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        match name:
            case "hr":
                sub_element(out, "hr")
            case "ul" | "ol":
                self._list(child, name, out, wrappers)
            case "table":
                self._table(child, out, wrappers)
            case "figure":
                self._figure(child, out, wrappers)
            case "blockquote":
                self.flow(child, sub_element(out, name, child), wrappers)
            case _ if name in PARAGRAPHS and not _has_blocks(child):
                paragraph = sub_element(out, HEADINGS.get(name, name), child)
                self.phrasing(child, inside(paragraph, wrappers) if wrappers else paragraph)
            case _:
                self.flow(child, sub_element(out, "div", child), wrappers)

    def _list(self, child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        listed = etree.Element(f"{{{XHTML}}}{name}")
        if name == "ol" and (start := child.get("start", "")).isdecimal() and len(start) < 6:
            listed.set("start", str(int(start)))
        for item in child:
            if element_name(item) in ("li", *BLOCKS) or "".join(item.itertext()).strip():
                self.flow(item, sub_element(listed, "li", item), wrappers)
        if len(listed):
            out.append(listed)

    def _table(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        rows = [
            cells for row in _rows(child) if (cells := [cell for cell in row if element_name(cell) in ("td", "th")])
        ]
        if max(map(len, rows), default=0) < 2:  # a table for layout
            for cell in (cell for row in rows for cell in row):
                self.flow(cell, sub_element(out, "div", cell), wrappers)
            return
        body = sub_element(sub_element(out, "table"), "tbody")
        for row in rows:
            line = sub_element(body, "tr")
            for cell in row:
                copied = sub_element(line, element_name(cell), cell)
                if (span := cell.get("colspan", "")).isdecimal() and len(span) < 3 and int(span) > 1:
                    copied.set("colspan", str(int(span)))
                self.flow(cell, copied, wrappers)

    def _figure(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        """Copy a figure with its caption last; only the caption's text if its picture is not in the book."""
        figure = etree.Element(f"{{{XHTML}}}figure")
        holder = sub_element(figure, "div")
        for part in child:
            if element_name(part) != "figcaption":
                self._child(part, holder, wrappers, blocks_allowed=True)
        if is_blank(holder):
            return
        out.append(figure)
        for part in child:
            if element_name(part) == "figcaption":
                self.flow(part, sub_element(figure, "figcaption", part), wrappers)
                break

    def _picture(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        attributes = self._image(child.get("src", ""), child.get("alt", ""))
        if attributes:
            inside(out, wrappers).append(etree.Element(f"{{{XHTML}}}img", attributes))

    def _player(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        """Copy an audio or video as a link: it is not in the book."""
        sources = (child.get("src"), *(source.get("src") for source in child.iter("source")))
        address = next(filter(None, map(web_address, sources)), None)
        if address and not _in_link(out, wrappers):
            link = etree.SubElement(inside(out, wrappers), f"{{{XHTML}}}a", {"href": address})
            link.text = self._links[element_name(child)]

    def _text(self, text: str | None, out: etree._Element, wrappers: Sequence[etree._Element] = ()) -> None:
        if not text or self._characters <= 0:
            return
        if len(text) > self._characters:
            text = f"{text[: self._characters]}…"
        self._characters -= len(text)
        append_text(inside(out, wrappers) if text.strip() else out, text)


def _has_blocks(element: etree._Element) -> bool:
    return any(element_name(one) in BLOCKS for one in element.iterdescendants(etree.Element))


def _inline_element(
    child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]
) -> etree._Element | None:
    """Return an inline element without content; None if it has no meaning here."""
    element = etree.Element(f"{{{XHTML}}}{name}")
    set_language(child, element)
    if name == "a":
        address = web_address(child.get("href"))
        if not address or _in_link(out, wrappers):
            return None
        element.set("href", address)
    if name == "abbr" and (title := child.get("title", "").strip()):
        element.set("title", title)
    in_ruby = str(out.tag) == f"{{{XHTML}}}ruby"
    useless = (name == "span" and not element.attrib) or (name == "bdo" and "dir" not in element.attrib)
    misplaced = (name == "rt" and not in_ruby) or (name == "ruby" and is_in(out, "ruby"))
    return None if useless or misplaced else element


def _in_link(out: etree._Element, wrappers: Iterable[etree._Element]) -> bool:
    return is_in(out, "a") or any(str(one.tag) == f"{{{XHTML}}}a" for one in wrappers)


def _rows(table: etree._Element) -> Iterable[etree._Element]:
    for child in table:
        if element_name(child) == "tr":
            yield child
        elif element_name(child) in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if element_name(row) == "tr")
