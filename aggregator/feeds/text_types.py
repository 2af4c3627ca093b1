"""Convert the texts of feeds into HTML, by the type that the feed states or that is customary for the element.

What is returned is HTML that has to be decoded once: a text that shows "<b>" is "&lt;b&gt;" here, however often the
feed had escaped it. Sources: RFC 4287 3.1 and 4.1.3 (Atom 1.0), Atom 0.3 (`mode`), RSS Profile (titles in HTML).
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from aggregator.feeds.element_names import element_name

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_REFERENCE = r"(?!(?:lt|gt|#60|#62|#x3[ce]);)(#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});"
_ESCAPED_TWICE = re.compile(f"&amp;{_REFERENCE}", re.IGNORECASE)
_TYPOGRAPHIC = re.compile(f"&(?!amp;){_REFERENCE}", re.IGNORECASE)
_ELEMENT = re.compile(r"<(?:p|br|div|img|a\s++href|ul|ol|h[1-6]|table|blockquote|figure)\b[^<>]*+>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t\r]*+\n\s*+")
_RELATIVE = re.compile(r"""\b(?:href|src|poster|cite)\s*+=\s*+["']?+(?!https?:|#|data:|mailto:)""", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_ADDRESSES = frozenset({"href", "src", "poster", "cite"})


def rss_text(text: str) -> str:
    """Return the title, author or category of an RSS item as HTML.

    RSS leaves the type open; by custom it is HTML. References that were escaped once too often ("AT&amp;amp;T",
    "&amp;#8217;") are repaired, except those of "<" and ">", which a text about HTML escapes on purpose.
    """
    return _ESCAPED_TWICE.sub(r"&\1;", text) if "&amp;" in text else text


def html_body(text: str) -> str:
    """Return a description or content in HTML; one that was escaped once too often as a whole is repaired."""
    if "<" in text or "&" not in text:
        return text
    decoded = html.unescape(text)
    return decoded if looks_like_html(decoded) else rss_text(text)


def plain_text(text: str) -> str:
    """Return plain text as HTML."""
    return html.escape(text, quote=False)


def plain_body(text: str) -> str:
    """Return plain text of several lines as HTML, which keeps the lines and paragraphs."""
    if "\n" not in text.strip():
        return plain_text(text)
    paragraphs = _BLANK_LINES.split(plain_text(text.strip()))
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs).replace("\n", "<br>\n")


def loose_text(text: str) -> str:
    """Return a text as HTML that should be plain text, but in which publishers leave references such as "&#8217;"."""
    return plain_text(_TYPOGRAPHIC.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text)


def looks_like_html(text: str) -> bool:
    """Whether a text without a stated type contains elements of HTML."""
    return "<" in text and _ELEMENT.search(text[:20_000]) is not None


def text_of(element: Any, base: str | None = None) -> str:
    """Return the content of an element of RSS: its text, or its markup if the publisher did not escape it.

    `base`: if given, relative addresses are resolved against it.
    """
    return markup_of(element, base).strip() if len(element) else (element.text or "").strip()


def rss_body(element: Any, base: str | None = None) -> str:
    """Return a description or content of RSS as HTML. `base`: if given, relative addresses are resolved against it."""
    if len(element):
        return markup_of(element, base).strip()
    return with_base(html_body((element.text or "").strip()), base)


def with_base(text: str, base: str | None) -> str:
    """Return HTML with its relative addresses resolved against a base, if there is one."""
    if not base or not _RELATIVE.search(text):
        return text
    from lxml.html import rewrite_links

    try:
        rewritten = str(rewrite_links(f"<div>{text}</div>", lambda address: join(base, address)))
    except (etree.ParserError, ValueError):
        return text
    return rewritten.removeprefix("<div>").removesuffix("</div>")


def atom_title(element: Any, base: str | None = None) -> str:
    """Return an Atom text construct as HTML."""
    kind, text = _typed(element, base)
    return text if kind == "html" else plain_text(text) if kind == "text" else loose_text(text)


def atom_body(element: Any, base: str | None = None) -> str:
    """Return Atom content or a summary as HTML; "" if it is neither text nor markup, such as an image in base64."""
    kind, text = _typed(element, base)
    if kind == "html" or (not kind and looks_like_html(text)):
        return text if len(element) else with_base(html_body(text), base)
    return plain_body(text)


def _typed(element: Any, base: str | None) -> tuple[str, str]:
    """Return "html", "text", or "" if the element does not state its type, and the text in that type."""
    kind, mode = (element.get("type") or "").partition(";")[0].strip().lower(), (element.get("mode") or "").lower()
    if kind in ("html", "text/html") and len(element) == 1 and not len(element[0]):
        element = element[0]  # escaped HTML in a div, as TypePad writes it
    if len(element):
        return "html", _unwrapped(element, base).strip()
    text = (element.text or "").strip()
    if mode == "base64":
        text = _decode_base64(text)
    if kind in ("html", "xhtml", "text/html", "application/xhtml+xml") or (not kind and mode in ("base64", "escaped")):
        return "html", text
    return ("text" if kind else "", text if kind.startswith("text") or "/" not in kind else "")


def _decode_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace").strip()
    except (binascii.Error, ValueError):
        return ""


def _unwrapped(element: Any, base: str | None) -> str:
    """Return the markup in the `div` that wraps XHTML (RFC 4287 3.1.1.3), or all markup if there is none."""
    children = list(element)
    is_wrapped = len(children) == 1 and element_name(children[0].tag).rpartition(":")[2] == "div"
    if not is_wrapped or (element.text or "").strip() or (children[0].tail or "").strip():
        return markup_of(element, base)
    wrapper = children[0]
    return markup_of(wrapper, join(base, wrapper.get(XML_BASE) or ""))


def markup_of(element: Any, base: str | None = None) -> str:
    """Return the children of an element as HTML, without namespaces and prefixes.

    `base`: if given, addresses are resolved against it; `xml:base` on the elements is applied in any case.
    """
    parts = [html.escape(element.text or "", quote=False)]
    bases = [base]
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node is element or not isinstance(node.tag, str):
            continue
        name = node.tag.rpartition("}")[2].rpartition(":")[2]
        if event == "start":
            bases.append(join(bases[-1], node.get(XML_BASE)) if node.get(XML_BASE) else bases[-1])
            parts.append(f"<{name}{''.join(_attributes(node, bases[-1]))}>")
            parts.append(html.escape(node.text or "", quote=False))
        else:
            bases.pop()
            parts.append("" if name.lower() in _VOID else f"</{name}>")
            parts.append(html.escape(node.tail or "", quote=False))
    return "".join(parts)


def _attributes(node: Any, base: str | None) -> list[str]:
    attributes = []
    for name, value in node.items():
        if name.startswith("{") or ":" in name:
            continue
        resolved = join(base, value.strip()) if name.lower() in _ADDRESSES else value
        attributes.append(f' {name}="{html.escape(resolved)}"')
    return attributes


def join(base: str | None, reference: str) -> str:
    """Return a reference resolved against a base; unchanged if there is none or one of them is invalid."""
    try:
        return urljoin(base, reference) if base else reference
    except ValueError:
        return reference
