"""Elements of XHTML trees: their names, languages, and places for further content."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from aggregator.outputs.languages import language_tag

XHTML = "http://www.w3.org/1999/xhtml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NAMES = {"acronym": "abbr", "big": "span", "strike": "s", "tt": "code", "time": "span", "center": "div"}
"""What elements are called that are obsolete, or that need more than their name to be valid."""
HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
"""The headline of the article is the `h1` of its page."""
PARAGRAPHS = frozenset(("p", "pre", *HEADINGS))
"""Elements that contain no blocks."""
BLOCKS = PARAGRAPHS.union(
    """
    address article aside blockquote caption center dd details div dl dt figcaption figure footer header hgroup hr li
    main nav ol section summary table tbody td tfoot th thead tr ul
    """.split()
)


def element_name(element: etree._Element) -> str:
    """Return the name of an element of HTML, or that of its modern equivalent."""
    name = str(element.tag).lower()
    return NAMES.get(name, name)


def is_in(out: etree._Element, name: str) -> bool:
    """Return whether an element of XHTML has this name, or is within one that has."""
    return any(str(one.tag) == f"{{{XHTML}}}{name}" for one in (out, *out.iterancestors()))


def set_language(source: etree._Element, target: etree._Element) -> None:
    """Copy language and direction, if they are valid."""
    if tag := language_tag(source.get("lang")):
        target.set("lang", tag)
        target.set(XML_LANG, tag)
    if (way := source.get("dir", "").lower()) in ("ltr", "rtl", "auto"):
        target.set("dir", way)


def sub_element(out: etree._Element, name: str, source: etree._Element | None = None) -> etree._Element:
    """Append an element of XHTML without content, with the language of `source`."""
    element = etree.SubElement(out, f"{{{XHTML}}}{name}")
    if source is not None:
        set_language(source, element)
    return element


def last_child(out: etree._Element) -> etree._Element | None:
    """Return the last element within one. `len` of an element counts all of them, each time."""
    return next(out.iterchildren(reversed=True), None)


def inside(out: etree._Element, wrappers: Sequence[etree._Element]) -> etree._Element:
    """Return where text and inline elements go: `out`, or copies of the wrappers in it, the last one used again."""
    for wrapper in wrappers:
        last = last_child(out)
        if last is not None and last.tag == wrapper.tag and dict(last.attrib) == dict(wrapper.attrib) and not last.tail:
            out = last
        else:
            out = etree.SubElement(out, str(wrapper.tag), dict(wrapper.attrib))
    return out


def append_text(out: etree._Element, text: str) -> None:
    """Append text to the content of an element."""
    if (last := last_child(out)) is not None:
        last.tail = f"{last.tail or ''}{text}"
    else:
        out.text = f"{out.text or ''}{text}"


def is_blank(element: etree._Element) -> bool:
    """Return whether an element shows nothing."""
    if str(element.tag).rpartition("}")[2] in ("hr", "img") or "".join(map(str, element.itertext())).strip():
        return False
    return next(element.iter(f"{{{XHTML}}}img", f"{{{XHTML}}}hr"), None) is None
