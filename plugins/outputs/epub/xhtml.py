"""Makes the text of an article valid XHTML for e-books: fewer elements, nested as allowed, pictures of the book only.

Sanitised HTML of publishers has list items outside lists, blocks in paragraphs, tables for layout. Browsers forgive it,
e-readers refuse the book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lxml import etree

from aggregator import safe_html
from aggregator.outputs.languages import language_tag
from aggregator.outputs.text import web_address
from aggregator.text.html_tokens import VOID, tokens
from aggregator.text.nesting import limit_depth

MOST_CHARACTERS = 150_000
"""Characters of a text; the rest is left out."""
MOST_ELEMENTS = 10_000
"""Elements of a text; the tags of the rest are left out."""
DEEPEST = 40
"""Nested elements; the tags of those below are left out."""

XHTML = "http://www.w3.org/1999/xhtml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAMES = {"acronym": "abbr", "big": "span", "strike": "s", "tt": "code", "time": "span", "center": "div"}
"""What elements are called that are obsolete, or that need more than their name to be valid."""
INLINE = frozenset(
    "a abbr b bdi bdo cite code del dfn em i ins kbd mark q rt ruby s samp small span strong sub sup u var".split()
)
HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
"""The headline of the article is the `h1` of its page."""
PARAGRAPHS = frozenset(("p", "pre", *HEADINGS))
"""Elements that contain no blocks."""
BLOCKS = (
    frozenset(
        """
    address article aside blockquote caption center dd details div dl dt figcaption figure footer header hgroup hr li
    main nav ol section summary table tbody td tfoot th thead tr ul
    """.split()
    )
    | PARAGRAPHS
)
PLAYERS = frozenset(("audio", "video"))

Image = Callable[[str, str], "dict[str, str] | None"]
"""Returns the attributes of a picture in the book for an address and an alternative text; None if it is not there."""


def article_body(content: str, base: str | None, image: Image, links: dict[str, str]) -> str:
    """Return the text of an article as XHTML, "" if it shows nothing. `content`: HTML of a publisher, not safe.

    `image`: finds the pictures of the book; all others are left out. `links`: texts of links to "audio" and "video".
    """
    safe = safe_html(content, base)
    if not safe:
        return ""
    source = _parsed(safe)
    body = etree.Element(f"{{{XHTML}}}div", nsmap={None: XHTML})
    _Body(image, links).flow(source, body)
    _wrap_texts(body)
    _dissolve_incomplete_ruby(body)
    for child in list(body):
        if _is_blank(child):
            body.remove(child)
    return _inner(body)


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


def _inner(body: etree._Element) -> str:
    """Return the content of an element as text, with end tags for all but void elements."""
    for element in body.iter(etree.Element):
        if not len(element) and element.text is None and str(element.tag).rpartition("}")[2] not in VOID:
            element.text = ""
    text = etree.tostring(body, encoding="unicode")
    return text[text.index(">") + 1 : text.rindex("<")] if len(body) else ""


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
        name = _name(child)
        if self._characters <= 0:
            return
        if name == "rp":
            return  # for programs that cannot show `ruby`
        if name == "img":
            self._picture(child, out, wrappers)
        elif name in PLAYERS:
            self._player(child, out, wrappers)
        elif name in ("br", "wbr"):
            _inside(out, wrappers).append(etree.Element(f"{{{XHTML}}}{name}"))
        elif not self._may_nest(out, wrappers):
            self.phrasing(child, _inside(out, wrappers))
        elif name in INLINE:
            self._inline(child, name, out, wrappers, blocks_allowed=blocks_allowed)
        elif name in BLOCKS and blocks_allowed:
            self._block(child, name, out, wrappers)
        elif blocks_allowed:
            self.flow(child, out, wrappers)
        else:
            self.phrasing(child, out)

    def _may_nest(self, out: etree._Element, wrappers: Sequence[etree._Element]) -> bool:
        self._elements -= 1
        return self._elements > 0 and sum(1 for _ in out.iterancestors()) + len(wrappers) < DEEPEST

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
            self.phrasing(child, _inside(out, wrappers) if wrappers else out)
        else:
            _inside(out, wrappers).append(element)
            self.phrasing(child, element)

    def _block(self, child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        match name:
            case "hr":
                _sub(out, "hr")
            case "ul" | "ol":
                self._list(child, name, out, wrappers)
            case "table":
                self._table(child, out, wrappers)
            case "figure":
                self._figure(child, out, wrappers)
            case "blockquote":
                self.flow(child, _sub(out, name, child), wrappers)
            case _ if name in PARAGRAPHS and not _has_blocks(child):
                paragraph = _sub(out, HEADINGS.get(name, name), child)
                self.phrasing(child, _inside(paragraph, wrappers) if wrappers else paragraph)
            case _:
                self.flow(child, _sub(out, "div", child), wrappers)

    def _list(self, child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        listed = etree.Element(f"{{{XHTML}}}{name}")
        if name == "ol" and (start := child.get("start", "")).isdecimal() and len(start) < 6:
            listed.set("start", str(int(start)))
        for item in child:
            if _name(item) in ("li", *BLOCKS) or "".join(item.itertext()).strip():
                self.flow(item, _sub(listed, "li", item), wrappers)
        if len(listed):
            out.append(listed)

    def _table(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        rows = [cells for row in _rows(child) if (cells := [cell for cell in row if _name(cell) in ("td", "th")])]
        if max(map(len, rows), default=0) < 2:  # a table for layout
            for cell in (cell for row in rows for cell in row):
                self.flow(cell, _sub(out, "div", cell), wrappers)
            return
        body = _sub(_sub(out, "table"), "tbody")
        for row in rows:
            line = _sub(body, "tr")
            for cell in row:
                copied = _sub(line, _name(cell), cell)
                if (span := cell.get("colspan", "")).isdecimal() and len(span) < 3 and int(span) > 1:
                    copied.set("colspan", str(int(span)))
                self.flow(cell, copied, wrappers)

    def _figure(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        """Copy a figure with its caption last; only the caption's text if its picture is not in the book."""
        figure = etree.Element(f"{{{XHTML}}}figure")
        holder = _sub(figure, "div")
        for part in child:
            if _name(part) != "figcaption":
                self._child(part, holder, wrappers, blocks_allowed=True)
        if _is_blank(holder):
            return
        out.append(figure)
        for part in child:
            if _name(part) == "figcaption":
                self.flow(part, _sub(figure, "figcaption", part), wrappers)
                break

    def _picture(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        attributes = self._image(child.get("src", ""), child.get("alt", ""))
        if attributes:
            _inside(out, wrappers).append(etree.Element(f"{{{XHTML}}}img", attributes))

    def _player(self, child: etree._Element, out: etree._Element, wrappers: Sequence[etree._Element]) -> None:
        """Copy an audio or video as a link: it is not in the book."""
        sources = (child.get("src"), *(source.get("src") for source in child.iter("source")))
        address = next(filter(None, map(web_address, sources)), None)
        if address and not _in_link(out, wrappers):
            link = etree.SubElement(_inside(out, wrappers), f"{{{XHTML}}}a", {"href": address})
            link.text = self._links[_name(child)]

    def _text(self, text: str | None, out: etree._Element, wrappers: Sequence[etree._Element] = ()) -> None:
        if not text or self._characters <= 0:
            return
        if len(text) > self._characters:
            text = f"{text[: self._characters]}…"
        self._characters -= len(text)
        _append_text(_inside(out, wrappers) if text.strip() else out, text)


def _name(element: etree._Element) -> str:
    name = str(element.tag).lower()
    return NAMES.get(name, name)


def _has_blocks(element: etree._Element) -> bool:
    return any(_name(one) in BLOCKS for one in element.iterdescendants(etree.Element))


def _inline_element(
    child: etree._Element, name: str, out: etree._Element, wrappers: Sequence[etree._Element]
) -> etree._Element | None:
    """Return an inline element without content; None if it has no meaning here."""
    element = etree.Element(f"{{{XHTML}}}{name}")
    _set_language(child, element)
    if name == "a":
        address = web_address(child.get("href"))
        if not address or _in_link(out, wrappers):
            return None
        element.set("href", address)
    if name == "abbr" and (title := child.get("title", "").strip()):
        element.set("title", title)
    in_ruby = str(out.tag) == f"{{{XHTML}}}ruby"
    useless = (name == "span" and not element.attrib) or (name == "bdo" and "dir" not in element.attrib)
    misplaced = (name == "rt" and not in_ruby) or (name == "ruby" and _is_in(out, "ruby"))
    return None if useless or misplaced else element


def _is_in(out: etree._Element, name: str) -> bool:
    return any(str(one.tag) == f"{{{XHTML}}}{name}" for one in (out, *out.iterancestors()))


def _in_link(out: etree._Element, wrappers: Iterable[etree._Element]) -> bool:
    return _is_in(out, "a") or any(str(one.tag) == f"{{{XHTML}}}a" for one in wrappers)


def _set_language(source: etree._Element, target: etree._Element) -> None:
    if tag := language_tag(source.get("lang")):
        target.set("lang", tag)
        target.set(XML_LANG, tag)
    if (way := source.get("dir", "").lower()) in ("ltr", "rtl", "auto"):
        target.set("dir", way)


def _sub(out: etree._Element, name: str, source: etree._Element | None = None) -> etree._Element:
    element = etree.SubElement(out, f"{{{XHTML}}}{name}")
    if source is not None:
        _set_language(source, element)
    return element


def _inside(out: etree._Element, wrappers: Sequence[etree._Element]) -> etree._Element:
    """Return where text and inline elements go: `out`, or copies of the wrappers in it, the last one used again."""
    for wrapper in wrappers:
        last = out[-1] if len(out) else None
        if last is not None and last.tag == wrapper.tag and dict(last.attrib) == dict(wrapper.attrib) and not last.tail:
            out = last
        else:
            out = etree.SubElement(out, str(wrapper.tag), dict(wrapper.attrib))
    return out


def _append_text(out: etree._Element, text: str) -> None:
    if len(out):
        out[-1].tail = f"{out[-1].tail or ''}{text}"
    else:
        out.text = f"{out.text or ''}{text}"


def _rows(table: etree._Element) -> Iterable[etree._Element]:
    for child in table:
        if _name(child) == "tr":
            yield child
        elif _name(child) in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if _name(row) == "tr")


def _wrap_texts(body: etree._Element) -> None:
    """Put texts and inline elements that are not in a block into paragraphs; two line breaks end one."""
    children, text = list(body), body.text
    body.text = None
    for child in children:
        body.remove(child)  # lxml moves the tail with the element
    paragraph: etree._Element | None = None

    def add_text(words: str | None) -> None:
        nonlocal paragraph
        if words and (words.strip() or paragraph is not None):
            paragraph = paragraph if paragraph is not None else _sub(body, "p")
            _append_text(paragraph, words)

    add_text(text)
    for child in children:
        tail, child.tail = child.tail, None
        if str(child.tag).rpartition("}")[2] in BLOCKS:
            body.append(child)
            paragraph = None
        elif _is_break(child) and paragraph is not None and len(paragraph) and _ends_with_break(paragraph):
            paragraph.remove(paragraph[-1])
            paragraph = None
        elif not (_is_break(child) and paragraph is None):
            paragraph = paragraph if paragraph is not None else _sub(body, "p")
            paragraph.append(child)
        add_text(tail)


def _dissolve_incomplete_ruby(body: etree._Element) -> None:
    """Make plain text of each `ruby` that is not text followed by its `rt`, once or several times."""
    ruby, reading, span = (f"{{{XHTML}}}{name}" for name in ("ruby", "rt", "span"))
    for element in list(body.iter(ruby)):
        base, is_complete = element.text or "", True
        for child in element:
            if child.tag == reading:
                is_complete = is_complete and bool(base.strip())
                base = child.tail or ""
            else:
                base = f"{base}{''.join(map(str, child.itertext()))}{child.tail or ''}"
        if base.strip() or not len(element) or element[-1].tag != reading or not is_complete:
            for part in list(element.iter(ruby, reading)):
                part.tag = span


def _is_break(element: etree._Element) -> bool:
    return str(element.tag) == f"{{{XHTML}}}br"


def _ends_with_break(paragraph: etree._Element) -> bool:
    return _is_break(paragraph[-1]) and not (paragraph[-1].tail or "").strip()


def _is_blank(element: etree._Element) -> bool:
    """Return whether an element shows nothing."""
    if str(element.tag).rpartition("}")[2] in ("hr", "img") or "".join(map(str, element.itertext())).strip():
        return False
    return next(element.iter(f"{{{XHTML}}}img", f"{{{XHTML}}}hr"), None) is None
