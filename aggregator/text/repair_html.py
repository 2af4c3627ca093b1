"""Repairs HTML that relies on scripts, frames or XML, before it is sanitised: pictures loaded lazily, frames, formulas.

The result is not safe yet. It is built from tokens, not from a tree, so that time is linear and most of the text is not
changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from html import escape

from aggregator.text.element_size import is_invisible
from aggregator.text.frames import frame_link, framed_video
from aggregator.text.html_tokens import Token, attributes_of, start_tag, tokens
from aggregator.text.lazy_images import (
    LAZY_SETS,
    LAZY_SOURCES,
    Found,
    image_tag,
    image_url,
    is_pixel,
    largest_candidate,
    picture_key,
    safe_srcset,
)
from aggregator.text.mathml import NAMES, math_html
from aggregator.text.nesting import limit_depth, may_be_deep
from aggregator.text.urls import absolute

_LONG_TAG = 5000
"""Characters; a longer tag is rewritten with a limited number of attributes."""
_PARAMETERS = frozenset(("movie", "src", "url"))
_BETWEEN_TWINS = frozenset("a amp-img div figure i picture source span".split())
"""Elements that may separate a picture from the `noscript` that repeats it."""
_AROUND_PICTURES = frozenset(
    "article blockquote dd dt figcaption h1 h2 h3 h4 h5 h6 hr li ol p pre section table td th tr ul".split()
)
"""Elements that are never in a `picture`: where one begins or ends, the end tag of the `picture` is missing."""
_MODERN_TYPE = re.compile(r"image/(?:avif|webp|jxl|heic)", re.IGNORECASE)
_ABOUT_SCRIPTS = re.compile(r"java\s?script", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]*\bhref", re.IGNORECASE)


def repair_html(html: str, base: str | None) -> str:
    """Return HTML that shows without scripts and frames what it shows with them. `base`: base of relative addresses."""
    return _Repair(list(limit_depth(tokens(html)) if may_be_deep(html) else tokens(html)), base).run()


class _Repair:
    """Rewrites the tokens of a text, one after the other."""

    def __init__(self, pieces: Sequence[Token], base: str | None) -> None:
        self._pieces = pieces
        self._base = base
        self._position = 0
        self._out: list[str] = []
        self._frames: set[str] = set()  # pages that have been linked
        self._shown: set[str] = set()  # keys of the pictures that have been shown
        self._sources: list[Mapping[str, str]] | None = None  # of a `picture` that has shown nothing yet
        self._before: Found | None = None  # the picture directly before this place
        self._fallbacks: dict[str, int] = {}  # pictures in `noscript`, by key, with their places in the output
        self._fallback_before: int | None = None  # the place of the one directly before this place
        self._ends: dict[str, list[int]] = defaultdict(list)
        for index in range(len(pieces) - 1, -1, -1):
            if pieces[index].kind == "end" and pieces[index].name in ("noscript", "math"):
                self._ends[pieces[index].name].append(index)

    def run(self) -> str:
        """Return the repaired text."""
        while self._position < len(self._pieces):
            piece = self._pieces[self._position]
            self._position += 1
            if self._sources and piece.name in _AROUND_PICTURES:
                self._show_source_of_picture()
            if piece.kind == "start":
                _HANDLERS.get(piece.name, _Repair._copy)(self, piece)
            elif piece.name == "picture":
                self._end_picture(piece)
            elif piece.name not in _REPLACED:
                self._copy(piece)
        self._show_source_of_picture()
        return "".join(self._out)

    def _copy(self, piece: Token) -> None:
        if piece.name not in _BETWEEN_TWINS and not piece.source.isspace():
            self._before = self._fallback_before = None
        self._out.append(_rewritten(piece) if piece.empty or len(piece.source) > _LONG_TAG else piece.source)

    def _next(self, kind: str, name: str = "") -> bool:
        """Return whether the next piece, but for white space, is of this kind and name."""
        for piece in self._pieces[self._position : self._position + 2]:
            if piece.kind == kind and piece.name == name and piece.source.strip():
                return True
            if piece.source.strip():
                break
        return False

    def _content(self, name: str) -> Sequence[Token] | None:
        """Return the pieces up to the end tag of an element, and continue after it; None if there is no end tag."""
        ends = self._ends[name]
        while ends and ends[-1] < self._position:
            ends.pop()
        if not ends:
            return None
        content = self._pieces[self._position : ends[-1]]
        self._position = ends.pop() + 1
        return content

    def _image(self, piece: Token) -> None:
        attributes = attributes_of(piece.attributes)
        found = image_url(attributes, self._base) or self._source_of_picture()
        if found is None or is_pixel(attributes, found):
            return
        key = picture_key(found.url)
        fallback = self._fallbacks.get(key, self._fallback_before if found.lazy else None)
        if fallback is not None:
            self._out[fallback] = ""
        unchanged = piece.name == "img" and not found.lazy and len(piece.source) < _LONG_TAG
        self._out.append(piece.source if unchanged else image_tag(attributes, found, self._base))
        self._shown.add(key)
        self._sources = None
        self._before, self._fallback_before = found, None

    def _picture(self, piece: Token) -> None:
        self._copy(piece)
        self._sources = []

    def _source_of_picture(self) -> Found | None:
        """Return the largest picture of the source that the most readers can show."""
        usual = [source for source in self._sources or () if not _MODERN_TYPE.match(source.get("type", ""))]
        for source in (*reversed(usual), *(self._sources or ())):
            if url := absolute(largest_candidate(source["srcset"]) or "", self._base):
                return Found(url, lazy=True)
        return None

    def _end_picture(self, piece: Token) -> None:
        self._show_source_of_picture()
        self._copy(piece)

    def _show_source_of_picture(self) -> None:
        """Add the picture that a `picture` without `img` shows with a script."""
        if self._sources and (found := self._source_of_picture()):
            self._out.append(image_tag({}, found, self._base))
        self._sources = None

    def _source(self, piece: Token) -> None:
        if self._sources is None:
            self._media(piece)
            return
        attributes = attributes_of(piece.attributes)
        sets = (safe_srcset(attributes.get(name, ""), self._base) for name in (*LAZY_SETS, "srcset"))
        if srcset := next(filter(None, sets), None):
            kept = {name: value for name, value in attributes.items() if name in ("type", "media", "sizes")}
            self._sources.append({"srcset": srcset, **kept})
            self._out.append(start_tag("source", self._sources[-1]))

    def _media(self, piece: Token) -> None:
        """Copy a video, an audio or a source of one, with the address from which a script would load it."""
        attributes = attributes_of(piece.attributes) if "data-" in piece.attributes.lower() else {}
        for name, lazily in (("src", LAZY_SOURCES), ("poster", ("data-poster",))):
            loaded = (absolute(attributes.get(attribute, ""), self._base) for attribute in lazily)
            if url := next(filter(None, loaded), None):
                attributes[name] = url
                piece = piece._replace(source=start_tag(piece.name, attributes))
        self._copy(piece)

    def _block(self, piece: Token) -> None:
        """Copy an element; if it is empty, with the picture that a script would show in it."""
        self._copy(piece)
        if "data-" in piece.attributes.lower() and self._next("end", piece.name):
            attributes = attributes_of(piece.attributes)
            found = image_url(attributes, self._base)
            if found and found.lazy:
                self._out.append(image_tag(attributes, found, self._base))

    def _noscript(self, piece: Token) -> None:
        content = self._content("noscript")
        if content is None:
            return
        inside = _Repair(content, self._base)
        inside._frames = self._frames
        html = inside.run()
        new = inside._shown - self._shown
        if inside._shown and (not new or (self._before and self._before.lazy)):
            return  # repeats the picture before it
        if not inside._shown and ("<" not in html or _ABOUT_SCRIPTS.search(html) or not _LINK.search(html)):
            return  # asks to enable scripts
        self._before = None
        self._fallback_before = len(self._out) if new else None
        self._fallbacks.update(dict.fromkeys(new, len(self._out)))
        self._shown |= new
        self._out.append(html)

    def _frame(self, piece: Token) -> None:
        if piece.name == "iframe" and not piece.empty:  # what it contains is for browsers without frames
            following = self._pieces[self._position : self._position + 2]
            ends = [index for index, after in enumerate(following) if after.kind == "end" and after.name == "iframe"]
            if ends and all(after.kind == "text" for after in following[: ends[0]]):
                self._position += ends[0] + 1
        self._link(attributes_of(piece.attributes))

    def _link(self, attributes: Mapping[str, str]) -> None:
        frame = framed_video(attributes, self._base)
        if frame is None or frame.url in self._frames:
            return
        self._frames.add(frame.url)
        before = next((out for out in reversed(self._out[-3:]) if out.strip()), "<p>")
        self._out.append("<br>" if before.endswith("</a>") or not before.startswith("<") else "")
        self._out.append(frame_link(frame))
        if self._next("text"):
            self._out.append("<br>")

    def _embedded(self, piece: Token) -> None:
        """Replace an `embed` or `object` with a picture or a link; what is within an `object` follows."""
        attributes = attributes_of(piece.attributes)
        if attributes.get("type", "").lower().startswith("image/"):
            address = attributes.get("src") or attributes.get("data") or ""
            if url := absolute(address, self._base):
                self._out.append(image_tag(attributes, Found(url, lazy=False), self._base))
        else:
            self._link(attributes)

    def _parameter(self, piece: Token) -> None:
        attributes = attributes_of(piece.attributes)
        if attributes.get("name", "").lower() in _PARAMETERS:
            self._link({"src": attributes.get("value", "")})

    def _math(self, piece: Token) -> None:
        content = self._content("math")
        formula = math_html(self._formula_elements() if content is None else content)
        if not self._is_hidden_formula():
            self._out.append(formula or escape(attributes_of(piece.attributes).get("alttext", ""), quote=False))

    def _part_of_formula(self, piece: Token) -> None:
        """Convert elements of a formula that are not in a `math` element; with other elements in them, copy them."""
        self._position -= 1
        if elements := self._formula_elements():
            self._out.append(math_html(elements))
            return
        while self._position < len(self._pieces):  # not one by one: each would be searched for its end again
            piece = self._pieces[self._position]
            if piece.name not in NAMES and piece.kind != "text":
                break
            self._copy(piece)
            self._position += 1

    def _formula_elements(self) -> Sequence[Token]:
        """Return the complete elements of a formula at this place, and continue after them."""
        start = end = self._position
        depth = 0
        for index in range(start, len(self._pieces)):
            piece = self._pieces[index]
            if piece.name in NAMES:
                depth += 0 if piece.empty else {"start": 1, "end": -1}[piece.kind]
                end = end if depth else index + 1
            elif piece.kind != "text" or (depth <= 0 and not piece.source.isspace()):
                break
            if depth < 0:
                break
        self._position = end
        return self._pieces[start:end]

    def _is_hidden_formula(self) -> bool:
        """Return whether a formula is hidden because a picture of it follows, as in MediaWiki."""
        return bool(self._out) and self._out[-1].startswith("<") and _HIDDEN.search(self._out[-1]) is not None

    def _span(self, piece: Token) -> None:
        """Copy a span, unless it shows a formula that MathML before it contains (KaTeX)."""
        if "katex-html" not in piece.attributes:
            self._block(piece)
            return
        depth = 1
        for index in range(self._position, len(self._pieces)):
            following = self._pieces[index]
            if following.name == "span" and not following.empty:
                depth += {"start": 1, "end": -1}[following.kind]
            if depth == 0:
                self._position = index + 1
                return
        self._position = len(self._pieces)

    def _input(self, piece: Token) -> None:
        """Show the state of a check box, as in a list of tasks; fields are left out."""
        attributes = attributes_of(piece.attributes)
        if attributes.get("type", "").lower() == "checkbox" and not is_invisible(attributes):
            self._out.append("☑ " if "checked" in attributes else "☐ ")


def _rewritten(piece: Token) -> str:
    if piece.empty:
        return f"{piece.source.removesuffix('>').removesuffix('/')}></{piece.name}>"
    if piece.kind == "start":
        return start_tag(piece.name, attributes_of(piece.attributes))
    return piece.source


_HANDLERS: dict[str, Callable[[_Repair, Token], None]] = {
    "amp-iframe": _Repair._frame,
    "amp-img": _Repair._image,
    "audio": _Repair._media,
    "div": _Repair._block,
    "embed": _Repair._embedded,
    "figure": _Repair._block,
    "iframe": _Repair._frame,
    "img": _Repair._image,
    "input": _Repair._input,
    "math": _Repair._math,
    "noscript": _Repair._noscript,
    "object": _Repair._embedded,
    "param": _Repair._parameter,
    "picture": _Repair._picture,
    "source": _Repair._source,
    "span": _Repair._span,
    "video": _Repair._media,
    **dict.fromkeys(NAMES, _Repair._part_of_formula),
}
_REPLACED = frozenset("amp-iframe amp-img embed iframe math noscript object param".split())
"""Elements whose tags are left out."""
