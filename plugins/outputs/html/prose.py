"""Fits the text of an article into a page: safe, with headings below that of the page and pictures as configured."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from typing import NamedTuple

from aggregator import Article, safe_html
from aggregator.outputs.languages import language_tag

CopyOf = Callable[[str], str]
"""Returns the attributes of the copy of a picture at an address; "" if there is none."""

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?: [^<>]*+)?+)>")
"""A tag of sanitised HTML, in which "<" and ">" are escaped everywhere else."""
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_WITHOUT_TEXT = re.compile(r"<h[1-6](?: [^<>]*+)?+>((?:<(?!/?h[1-6])[^<>]*+>|\s|&nbsp;)*+)</h[1-6]>")
_FIRST_HEADING = re.compile(r"\s*<h[1-6](?: [^<>]*+)?+>([^<]{1,300})</h[1-6]>")
_ID = re.compile(r'<[a-z][^<>]* id="(text-[^"<>]*)"')
_LINK_WITHIN = re.compile(r' href="#text-([^"]*)"')
_REL = ' rel="nofollow noopener noreferrer"'
_NOT_LETTERS = re.compile(r"[\W_]+")
_INTEGER = re.compile(r"[0-9]{1,5}")
_INTEGERS = frozenset(("width", "height", "colspan", "rowspan", "start", "value", "span"))
_RENAMED = {
    "acronym": "abbr",
    "big": "span",
    "center": "div",
    "strike": "s",
    "tt": "code",
    # A page has one of these, and it is not that of the article.
    **dict.fromkeys(("article", "aside", "footer", "header", "hgroup", "main", "nav", "section"), "div"),
}
_PLAYERS = ("audio", "video")
_DEEPEST = 6
_BEGINNING = 3000
"""Characters of a text in which its summary is searched."""


class Prose(NamedTuple):
    """The text of an article. `html`: safe, "" if there is none; `pictures`: the addresses of those it had, without
    their queries; `repeats_summary`: whether it begins with the summary."""

    html: str
    pictures: frozenset[str] = frozenset()
    repeats_summary: bool = False


def prose_of(article: Article, table_label: str, copy_of: CopyOf | None = None) -> Prose:
    """Return the text of an article for a page whose own heading is an `h1`.

    `table_label`: the accessible name of a table that scrolls; `copy_of`: copies of pictures, which replace them; with
    it, nothing is left that a browser loads from a publisher before the reader starts a player.
    """
    html = safe_html(article.content, article.url, anchors=True) if article.content else ""
    html = _WITHOUT_TEXT.sub(r"<div>\1</div>", html)
    if (first := _FIRST_HEADING.match(html)) and _letters(unescape(first[1])) == _letters(article.title):
        html = html[first.end() :]
    beginning = _letters(_text(html[:_BEGINNING]))
    fitting = _Fitting(html, article.url, table_label, copy_of)
    html = _TAG.sub(fitting.replace, html).strip()
    if not beginning and "<img" not in html and not fitting.has_player:
        return Prose("")
    return Prose(html, frozenset(fitting.pictures), _letters(article.summary[:120])[:80] in beginning)


class _Fitting:
    """Replaces tag after tag of a text."""

    def __init__(self, html: str, url: str | None, table_label: str, copy_of: CopyOf | None) -> None:
        self.pictures: set[str] = set()
        self.has_player = False
        self._url = url
        self._table_label = table_label
        self._copy_of = copy_of
        self._outline: list[int] = []
        self._tables = 0
        self._players = 0
        self._targets = {f"text-{name}" for name in _LINK_WITHIN.findall(html)} & set(_ID.findall(html))
        self._reached: set[str] = set()

    def replace(self, match: re.Match[str]) -> str:
        """Return what replaces a tag."""
        closing, name, rest = match.groups()
        if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            return self._heading(closing, int(name[1]), self._kept(name, rest))
        if name in ("img", "picture", "source"):
            return self._media_source(match, name, rest)
        if name in _PLAYERS:
            return self._player(closing, name, rest)
        if name == "table":
            return self._table(closing, self._kept(name, rest))
        kept = self._kept(name, rest) if rest else ""
        if name == "pre" and not closing:
            kept += ' tabindex="0"'
        return f"<{closing}{_RENAMED.get(name, name)}{kept}>"

    def _heading(self, closing: str, level: int, attributes: str) -> str:
        """Give a heading the level below that of the page or of the heading which it is below."""
        if not closing:
            while self._outline and self._outline[-1] >= level:
                self._outline.pop()
            self._outline.append(level)
        return f"<{closing}h{min(len(self._outline) + 1, _DEEPEST)}{attributes}>"

    def _media_source(self, match: re.Match[str], name: str, rest: str) -> str:
        if name == "source" and self._players:
            return match[0]
        if name != "img":
            return "" if self._copy_of else match[0]
        values = dict(_ATTRIBUTE.findall(rest))
        self.pictures.add(values.get("src", "").partition("?")[0])
        alternative = f' alt="{values.get("alt", "")}"'
        if self._copy_of:
            replacement = self._copy_of(unescape(values.get("src", "")))
            return f'<img{replacement}{alternative} loading="lazy" decoding="async">' if replacement else ""
        values.pop("alt", None)
        kept = self._kept(name, "".join(f' {key}="{value}"' for key, value in values.items()))
        return f'<img{kept}{alternative} decoding="async" referrerpolicy="no-referrer">'

    def _player(self, closing: str, name: str, rest: str) -> str:
        self.has_player = True
        self._players += -1 if closing else 1
        if closing:
            return f"</{name}>"
        kept = "".join(
            f' {key}="{value}"'
            for key, value in _ATTRIBUTE.findall(self._kept(name, rest))
            if key != "poster" or not self._copy_of
        )
        return f'<{name}{kept} preload="none">'

    def _table(self, closing: str, attributes: str) -> str:
        """Let the outermost table scroll in a box, which the keyboard reaches."""
        self._tables += -1 if closing else 1
        if closing:
            return "</table></div>" if not self._tables else "</table>"
        box = f'<div class="wide" tabindex="0" role="group" aria-label="{self._table_label}">'
        return f"{box if self._tables == 1 else ''}<table{attributes}>"

    def _kept(self, name: str, rest: str) -> str:
        """Return the attributes of a tag that are valid in a page."""
        if not rest:
            return ""
        if name == "a" and ' href="' not in rest:
            rest = rest.replace(_REL, "")  # it is valid only on a link
        return "".join(self._attribute(key, value) for key, value in _ATTRIBUTE.findall(rest))

    def _attribute(self, key: str, value: str) -> str:
        if key == "id":
            if value not in self._targets or value in self._reached:  # the first one is the target
                return ""
            self._reached.add(value)
        if key == "href" and value.startswith("#text-") and value[1:] not in self._targets:
            return f' href="{escape(self._url)}#{value[6:]}"' if self._url else ""
        if key == "align":
            return f' class="{value.lower()}"' if value.lower() in ("right", "center") else ""
        if key == "lang":
            return f' lang="{tag}"' if (tag := language_tag(value)) else ""
        if key == "dir" and value.lower() not in ("ltr", "rtl", "auto"):
            return ""
        if key in _INTEGERS and not _INTEGER.fullmatch(value):
            return ""
        return f' {key}="{value}"'


def _text(html: str) -> str:
    return unescape(_TAG.sub(" ", html.rpartition(">")[0] if "<" in html[-200:] else html))


def _letters(text: str) -> str:
    """Return the letters and digits of a text, to compare texts that differ in spaces and punctuation."""
    return _NOT_LETTERS.sub("", text).casefold()
