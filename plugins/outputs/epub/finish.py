"""Finishes the text of an article as XHTML: paragraphs for loose text, complete `ruby`, no empty elements."""

from __future__ import annotations

from lxml import etree

from aggregator.text.html_tokens import VOID

from .elements import BLOCKS, XHTML, append_text, is_blank, last_child, sub_element


def finished(body: etree._Element) -> str:
    """Return the content of the body as XHTML; "" if it shows nothing."""
    _wrap_texts(body)
    _dissolve_incomplete_ruby(body)
    for child in list(body):
        if is_blank(child):
            body.remove(child)
    return _inner(body)


def _inner(body: etree._Element) -> str:
    """Return the content of an element as text, with end tags for all but void elements."""
    for element in body.iter(etree.Element):
        if not len(element) and element.text is None and str(element.tag).rpartition("}")[2] not in VOID:
            element.text = ""
    text = etree.tostring(body, encoding="unicode")
    return text[text.index(">") + 1 : text.rindex("<")] if len(body) else ""


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
            paragraph = paragraph if paragraph is not None else sub_element(body, "p")
            append_text(paragraph, words)

    add_text(text)
    for child in children:
        tail, child.tail = child.tail, None
        if str(child.tag).rpartition("}")[2] in BLOCKS:
            body.append(child)
            paragraph = None
        elif _is_break(child) and paragraph is not None and _ends_with_break(paragraph):
            paragraph.remove(paragraph[-1])
            paragraph = None
        elif not (_is_break(child) and paragraph is None):
            paragraph = paragraph if paragraph is not None else sub_element(body, "p")
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
    last = last_child(paragraph)
    return last is not None and _is_break(last) and not (last.tail or "").strip()
