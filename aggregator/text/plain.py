"""Convert HTML to plain text, and make text safe to print on a terminal."""

from __future__ import annotations

import html
import re
import unicodedata

EXCERPT = 600
"""Characters of a summary that is the beginning of a longer text."""

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)(?:\s[^<>]*|/)?>|<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<![a-zA-Z][^<>]*>", re.DOTALL
)
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data dfn em font i ins del kbd mark q s samp small span strike
    strong sub sup time tt u var wbr
    """.split()
)
_SPACE = re.compile(r"\s+")
_SEPARATORS = re.compile("[\x1c-\x1f]")  # white space only in Python
# C0, C1, bidirectional formatting, zero-width space, word joiner and invisible operators, BOM, interlinear,
# noncharacters, surrogates. The joiners U+200C and U+200D stay: Persian and emoji need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)


def plain(text: str) -> str:
    """Return HTML or text as plain text: without tags, entities decoded, NFC, single spaces, no invisible characters.

    Keeps what only looks like markup: "a < b", "AT&T". Decodes text twice that was escaped twice.
    """
    if "<" not in text and "&" not in text:
        return _clean(text)
    for _ in range(2):  # feeds escape once for XML and once more for HTML
        text = _strip_tags(text)
        if "&" not in text:
            break
        decoded = _ENTITY.sub(_decode, text)
        if decoded == text:
            break
        text = decoded
    return _clean(text)


def _decode(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _strip_tags(text: str) -> str:
    if "<" not in text:
        return text
    return _TAG.sub(_tag_space, _HIDDEN.sub(" ", text))


def _tag_space(match: re.Match[str]) -> str:
    """Return what replaces a tag: a space, or nothing for an inline element."""
    name = match[2]
    return "" if name is None or name.lower() in _INLINE else " "


def _clean(text: str) -> str:
    if text.isascii():
        words = " ".join(text.split())
        if words.isprintable() and not _SEPARATORS.search(text):
            return words
    elif not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return " ".join(_UNWANTED.sub("", text).split())


def excerpt(markup: str, length: int = EXCERPT) -> str:
    """Return the beginning of HTML as plain text; if the text is longer, it ends after a word and "…"."""
    head = markup[: length * 8]  # a bound for long texts; markup is mostly text
    text = plain(_unfinished_tag_removed(head) if len(head) < len(markup) else head)
    return shorten(text, length) if len(text) > length or len(head) == len(markup) else f"{text.rsplit(' ', 1)[0]}…"


def _unfinished_tag_removed(text: str) -> str:
    start = text.rfind("<")
    return text[:start] if start > text.rfind(">") else text


def shorten(text: str, length: int) -> str:
    """Shorten a text to at most `length` characters and a "…", between words if possible."""
    if len(text) <= length:
        return text
    cut = text[:length]
    at = cut.rfind(" ", length // 2)
    return f"{cut[:at] if at > 0 else cut}…".replace(" …", "…")


def printable(text: str) -> str:
    """Return a text on one line, without characters that control a terminal."""
    return text if text.isascii() and text.isprintable() else _SPACE.sub(" ", _UNWANTED.sub("", text))
