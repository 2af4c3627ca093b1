"""Limits how deeply HTML is nested: the time of HTML parsers grows with the square of it, and browsers limit it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aggregator.text.html_tokens import VOID, Token

MAX_DEPTH = 250
"""Open elements at most. A tag below is left out, and its content kept."""
_MANY_TAGS = 5000
_SEARCHED = 64
"""Open elements among which an end tag searches its start tag. An end tag that is not used only makes the count larger
than it is."""
_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark math mi mn mo mrow msub msup mtext
    nobr q rp rt ruby s samp small span strike strong sub sup time tt u var audio video picture amp-img noscript
    """.split()
)
_TABLE_PARTS = frozenset("caption colgroup table tbody td tfoot th thead tr".split())
_SCOPES = frozenset("caption marquee object table td template th".split())
_IMPLIED_ENDS = {
    "dd": frozenset(("dd", "dt")),
    "dt": frozenset(("dd", "dt")),
    "li": frozenset(("li",)),
    "option": frozenset(("option",)),
    "p": frozenset(("p",)),
    "td": frozenset(("td", "th")),
    "th": frozenset(("td", "th")),
    "tr": frozenset(("td", "th", "tr")),
    "tbody": frozenset(("td", "th", "tr", "tbody", "thead", "tfoot")),
}
"""Elements that end where another begins, although they have no end tag."""
_LISTS = frozenset("dl ol table ul".split())


def may_be_deep(html: str) -> bool:
    """Return whether HTML has so many tags that its depth should be limited."""
    return html.count("<") > _MANY_TAGS


def limit_depth(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield the tokens without the tags of elements that are nested too deeply."""
    nesting = _Nesting()
    for token in tokens:
        if token.kind == "start" and token.name not in VOID and not token.empty:
            kept = nesting.start(token.name)
        else:
            kept = token.kind != "end" or nesting.end(token.name)
        if kept:
            yield token


class _Nesting:
    """Follows the open elements of HTML, roughly as an HTML parser does."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def start(self, name: str) -> bool:
        """Open an element. Return whether it is within the limit."""
        if name not in _INLINE:
            self._end_implied(_IMPLIED_ENDS.get(name, _IMPLIED_ENDS["p"]))
        self._open.append(name)
        return len(self._open) <= MAX_DEPTH

    def end(self, name: str) -> bool:
        """Close an element, and those within. Return whether it was within the limit."""
        top = len(self._open) - 1
        for depth in range(top, max(-1, top - _SEARCHED), -1):
            if self._open[depth] == name:
                del self._open[depth:]
                return depth < MAX_DEPTH
            if _hides(self._open[depth], name):
                break
        return top < MAX_DEPTH

    def _end_implied(self, names: frozenset[str]) -> None:
        outermost = None
        top = len(self._open) - 1
        for depth in range(top, max(-1, top - 8), -1):
            if self._open[depth] in _LISTS:
                break
            if self._open[depth] in names:
                outermost = depth
        if outermost is not None:
            del self._open[outermost:]


def _hides(element: str, name: str) -> bool:
    """Return whether an end tag cannot close what an open element is in (HTML standard, 13.2.4.2 and 13.2.6.4.7)."""
    if name in _INLINE:
        return element not in _INLINE
    return element in _SCOPES and not (name in _TABLE_PARTS and element in _TABLE_PARTS)
