"""Removes from sanitised HTML what shows nothing: elements without content, `source` outside a player, long gaps.

Syntax highlighters and editors leave thousands of such elements once their classes are gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code del dfn em i ins kbd mark picture s samp small span strike strong sub sup
    time tt u var
    """.split()
)
"""Elements that are removed if they contain nothing."""
_BLOCKS = frozenset(
    "address article aside blockquote center div figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup main nav p "
    "section".split()
)
"""Elements that are removed if they contain nothing or white space, unless they separate two lines of text."""
_BOUNDARIES = _BLOCKS | frozenset("br caption dd dl dt hr li ol pre table tbody td tfoot th thead tr ul".split())
"""Elements after which a new line begins."""
_VOID = ("<br", "<img", "<hr", "<wbr", "<source", "<col>", "<col ")
"""The beginnings of void elements in sanitised HTML."""
_EMPTY = re.compile(rf"<({'|'.join(sorted(_INLINE | _BLOCKS))})(?: [^<>]*+)?+>(?:\s|&nbsp;|<br>)*+</\1>")
_TAG = re.compile(r"(<[^<>]*+>)")
_NAME = re.compile(r"</?([a-z]+[1-6]?)")
_SPACE = re.compile(r"(?:\s|&nbsp;)*+")
_GAP = re.compile(r"(?:\s|&nbsp;|<br>)*+")
"""The content of a paragraph that is only a gap between others."""
_GAP_STARTS = "<& \t\n\r\f\v\xa0"
"""Characters with which a tag or a gap begins; most texts begin with others."""
_MAX_PIECES = 8
"""Pieces of text and tags that the content of an empty element consists of at most."""
_LONG_GAP = re.compile(r"<br>(?:\s|&nbsp;)*+<br>(?:\s|&nbsp;)*+<br>")
_BREAKS = re.compile(
    r"(<br>(?:\s|&nbsp;)*+<br>)(?:(?:\s|&nbsp;)*+<br>)++|<pre[ >](?s:.*?)(?:</pre>|\Z)",
)
_SPAN = re.compile(r"<(/?)span(?: [^<>]*+)?+>")
_PLAYER = re.compile(r"<(/?)(audio|picture|source|video)(?: [^<>]*+)?+>")


def tidy_html(html: str) -> str:
    """Return HTML without elements that show nothing; its text stays the same.

    `html`: as Ammonia writes it: well-formed, "<" and ">" escaped everywhere but in tags. Removes empty elements,
    `<span>` without attributes (not its content), `source` outside `audio`, `picture` and `video`, and line breaks
    after the second in a row. Other white space stays as it is, and so do line breaks in `pre`.

    >>> tidy_html("<p>a<span>b</span></p><p> </p>")
    '<p>ab</p>'
    """
    if "<span>" in html:
        html = _SPAN.sub(_span_filter(), html)
    if "<source" in html:
        html = _PLAYER.sub(_source_filter(), html)
    if _EMPTY.search(html):
        html = _without_empty(html)
    return _BREAKS.sub(_two_breaks, html) if _LONG_GAP.search(html) else html


def _span_filter() -> Callable[[re.Match[str]], str]:
    """Return a function that removes the tags of each `span` without attributes."""
    kept: list[bool] = []

    def replace(tag: re.Match[str]) -> str:
        if not tag[1]:
            kept.append(tag[0] != "<span>")
            return tag[0] if kept[-1] else ""
        return tag[0] if kept.pop() else ""

    return replace


def _source_filter() -> Callable[[re.Match[str]], str]:
    """Return a function that removes each `source` that is not in an element which uses it."""
    depth = 0

    def replace(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2] != "source":
            depth += -1 if tag[1] else 1
        return "" if tag[2] == "source" and not depth else tag[0]

    return replace


def _two_breaks(gap: re.Match[str]) -> str:
    return gap[1] or gap[0]


def _without_empty(html: str) -> str:
    """Remove empty elements, and those that are empty without these, in one pass."""
    pieces = _TAG.split(html)  # texts and tags alternate
    kept: list[str] = []
    open_at: list[int] = []  # the places of the start tags of open elements
    preformatted = 0
    for number, piece in enumerate(pieces):
        if not number % 2:
            if piece:
                kept.append(piece)
        elif piece[1] == "/":
            start = open_at.pop()
            preformatted -= piece == "</pre>"
            last = kept[-1]
            may_be_empty = last[0] in _GAP_STARTS and last[1:2] != "/" and len(kept) - start <= _MAX_PIECES
            if may_be_empty and _is_empty(kept, start, piece[2:-1], preformatted > 0):
                del kept[start:]
            else:
                kept.append(piece)
        else:
            if not piece.startswith(_VOID):
                open_at.append(len(kept))
                preformatted += piece.startswith("<pre")
            kept.append(piece)
    return "".join(kept)


def _is_empty(kept: Sequence[str], start: int, name: str, preformatted: bool) -> bool:
    """Return whether an element that ends shows nothing: neither content nor, for a block, a new line.

    `start`: the place of its start tag.
    """
    content = kept[start + 1 :]
    if not content and name in _INLINE:
        return True
    if preformatted or name not in _BLOCKS or (content and not _GAP.fullmatch(content[-1])):
        return False
    text = "".join(content)
    is_gap = _GAP.fullmatch(text) is not None if name == "p" else not text or text.isspace()
    return is_gap and _is_line_start(kept, start)


def _is_line_start(kept: Sequence[str], start: int) -> bool:
    """Return whether a start tag is at the beginning of a line: after such a tag, or nothing."""
    before = kept[max(0, start - _MAX_PIECES) : start]
    last = next((piece for piece in reversed(before) if not _SPACE.fullmatch(piece)), None)
    return last is None or _is_boundary(last)


def _is_boundary(tag: str) -> bool:
    name = _NAME.match(tag)
    return name is not None and name[1] in _BOUNDARIES
