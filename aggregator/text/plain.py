"""Convert HTML to plain text, and make text safe to print on a terminal."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

EXCERPT = 600
"""Characters of a summary that is the beginning of a longer text."""

_MARKUP = r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)(?:\s[^<>]*|/)?>|<!--.*?(?:-->|\Z)|<!\[CDATA\[|<![a-zA-Z][^<>]*>"
_TAG = re.compile(_MARKUP, re.DOTALL)  # one fixed character at its start makes the search quick
_TAG_OR_CDATA_END = re.compile(rf"{_MARKUP}|\]\]>", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LONGEST_REFERENCE = 40
"""Characters of a reference to a character, at most."""
_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data dfn em font i ins del kbd mark q s samp small span strike
    strong sub sup time tt u var wbr
    """.split()
)
_BLOCKS = frozenset(
    """
    address applet area article aside audio base basefont bgsound blink blockquote body br button canvas caption
    center col colgroup command content datalist dd details dialog dir div dl dt embed fieldset figcaption figure
    footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe image img input isindex keygen
    label legend li link main map marquee math menu menuitem meta meter multicol nav nextid nobr noembed noframes
    noscript object ol optgroup option output p param picture plaintext portal pre progress rb rp rt rtc ruby script
    search section select slot source spacer style summary svg table tbody td template textarea tfoot th thead title
    tr track ul video xmp
    """.split()
)
_REPLACEMENTS = {
    tag: replacement
    for names, replacement in ((_BLOCKS, " "), (_INLINE, ""))
    for name in names
    for tag in (f"<{name}>", f"</{name}>")
}
"""What replaces tags as most of them are written."""
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_END_IS_OPTIONAL = frozenset("body colgroup dd dt head html li option p rp rt tbody td tfoot th thead tr".split())
_NOT_SIMPLE = re.compile(r"[<&]|\A |  |\](?:\]>|\]?\Z)")  # "]]>" goes if markup follows
_OTHER_SPACE = re.compile(r"[^\S ]+")
_SEPARATORS = re.compile("[\x1c-\x1f]")  # white space only in Python
# C0, C1, bidirectional formatting, zero-width space, word joiner and invisible operators, BOM, interlinear,
# noncharacters, surrogates. The joiners U+200C and U+200D stay: Persian and emoji need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0001\U000e0020-\U000e007f]"
)


def plain(text: str) -> str:
    """Return HTML or text as plain text: without tags, entities decoded, NFC, single spaces, no invisible characters.

    Keeps what only looks like markup: "a < b", "AT&T", and words in angle brackets that are not elements of HTML, such
    as "vector<int>". Decodes once: "&lt;b&gt;" becomes "<b>".
    """
    if "<" in text:
        text = _tag_pattern(text).sub(_replace_tag, _HIDDEN.sub(" ", text))
    if "&" in text:
        text = _ENTITY.sub(_decode, text)
    return _clean(text)


def plain_beginning(text: str, length: int) -> str:
    """Return the first characters of a text as plain text: `plain(text)[:length]`."""
    begin = text[: length + 1]  # the character after the last one shows that no mark belongs to that
    is_simple = len(begin) > length and begin.isascii() and begin.isprintable() and not _NOT_SIMPLE.search(begin)
    return begin[:length] if is_simple else plain(text)[:length]


def _tag_pattern(text: str) -> re.Pattern[str]:
    return _TAG_OR_CDATA_END if "]]>" in text else _TAG


def plain_title(text: str) -> str:
    """Return the HTML of a title as plain text, as `plain`.

    A title may be about HTML: an element without attributes that is opened and never closed, or the reverse, is text
    as well, unless its end tag may be omitted ("The <table> element", "<slot> is back").
    """
    if "<" in text:
        text = _tag_pattern(text).sub(_escape_mentions(text), text)
    return plain(text)


def _escape_mentions(text: str) -> Callable[[re.Match[str]], str]:
    """Return a function that escapes the tags of a title that have no counterpart in it."""
    tags = [(match[1], (match[2] or "").lower()) for match in _tag_pattern(text).finditer(text)]
    opened = {name for slash, name in tags if not slash}
    closed = {name for slash, name in tags if slash}

    def escape(match: re.Match[str]) -> str:
        name = (match[2] or "").lower()
        is_bare = bool(name) and "=" not in match[0] and not match[0].endswith("/>")
        if not is_bare or name in _VOID or name in _END_IS_OPTIONAL or (name in opened and name in closed):
            return match[0]
        return f"&lt;{match[0][1:-1]}&gt;"

    return escape


def _decode(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _replace_tag(match: re.Match[str]) -> str:
    """Return what replaces a tag: nothing for an inline element, a space for others of HTML or with attributes or a
    prefix, and the text itself for what is not markup."""
    replacement = _REPLACEMENTS.get(match[0])
    if replacement is not None:
        return replacement
    name = match[2]
    if name is None or (lower := name.lower()) in _INLINE:
        return ""
    return " " if lower in _BLOCKS or "=" in match[0] or ":" in name or "-" in name else match[0]


def _clean(text: str) -> str:
    is_ascii = text.isascii()
    if not is_ascii and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # no unwanted character, and no other space than that of ASCII
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else str(text)
    if is_ascii:
        words = " ".join(text.split())
        if words.isprintable() and not _SEPARATORS.search(text):
            return words
    return " ".join(_UNWANTED.sub("", text).split())


def excerpt(markup: str, length: int = EXCERPT) -> str:
    """Return the beginning of HTML as plain text; if the text is longer, it ends after a word and "…"."""
    if len(markup) > length * 2:
        text = plain(_unfinished_tag_removed(markup[: length * 2]))
        # Before a space, nothing depends on what follows, except "]]>", which goes if markup follows.
        if " " in text[length + 1 : -_LONGEST_REFERENCE] and "]]>" not in text:
            return shorten(text, length)
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
    """Return a text on one line, without characters that control a terminal. Spaces stay, also several."""
    return text if text.isascii() and text.isprintable() else _OTHER_SPACE.sub(" ", _UNWANTED.sub("", text))
