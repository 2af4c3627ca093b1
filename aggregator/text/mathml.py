"""Converts MathML to HTML that any reader shows: letters, superscripts and fractions on one line.

MathML itself is not kept: where HTML and MathML nest, a sanitiser and a browser can parse the same text differently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from aggregator.text.html_tokens import VOID, Token

NAMES = frozenset(
    """
    annotation annotation-xml maction maligngroup malignmark menclose merror mfenced mfrac mglyph mi mlabeledtr
    mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable
    mtd mtext mtr munder munderover semantics
    """.split()
)
"""The elements of formulas. Outside `math`, Ammonia removes them with their text."""
_DEPTH = 50
"""Levels of nested elements that are converted; deeper ones are text."""
_OPERATOR = re.compile(r"[\s+\-−±×·=<>≤≥/,|]")
_INVISIBLE = re.compile("[\u2061-\u2064]")  # function application, invisible times, separator and plus
_NOT_SHOWN = frozenset(("annotation", "annotation-xml", "mphantom", "mprescripts", "none", "script", "style"))


class _Node:
    """An element of a formula. `parts`: its text and its elements, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[str | _Node] = []

    @property
    def children(self) -> list[_Node]:
        return [part for part in self.parts if isinstance(part, _Node)]


def math_html(tokens: Sequence[Token]) -> str:
    """Return a formula as HTML, from the tokens of the content of its `math` element."""
    return _INVISIBLE.sub("", _html(_tree(tokens)))


def _tree(tokens: Sequence[Token]) -> _Node:
    open_nodes = [_Node("math")]
    for token in tokens:
        if token.kind == "text":
            open_nodes[-1].parts.append(_text(token.source))
        elif token.kind == "start" and token.name not in VOID:
            node = _Node(token.name)
            open_nodes[-1].parts.append(node)
            if not token.empty and len(open_nodes) < _DEPTH:
                open_nodes.append(node)
        elif token.kind == "end" and len(open_nodes) > 1 and open_nodes[-1].name == token.name:
            open_nodes.pop()
    return open_nodes[0]


def _text(source: str) -> str:
    return escape(" ".join(unescape(source).split()), quote=False)


def _html(node: _Node) -> str:
    if node.name in _NOT_SHOWN:
        return ""
    parts = node.children
    if node.name == "semantics":
        return _html(parts[0]) if parts else ""
    if node.name in _LAYOUTS and len(parts) >= _LAYOUTS[node.name].count("{"):
        return _LAYOUTS[node.name].format(*_operands(node.name, parts))
    inside = "".join(part if isinstance(part, str) else _html(part) for part in node.parts)
    if node.name == "mo" and inside in ("=", "+", "-", "−", "±", "×", "&lt;", "&gt;", "≤", "≥", "≠", "≈", "→"):
        return f" {inside} "
    if node.name == "mtable":
        return "; ".join(_html(part).strip() for part in parts)
    if node.name == "mtd":
        return f"{inside} "
    return f"√({inside})" if node.name == "msqrt" else inside


_LAYOUTS = {
    "msup": "{}<sup>{}</sup>",
    "msub": "{}<sub>{}</sub>",
    "msubsup": "{}<sub>{}</sub><sup>{}</sup>",
    "munder": "{}<sub>{}</sub>",
    "mover": "{}<sup>{}</sup>",
    "munderover": "{}<sub>{}</sub><sup>{}</sup>",
    "mfrac": "{}/{}",
    "mroot": "<sup>{1}</sup>√({0})",
}
"""HTML of elements with a fixed number of children."""


def _operands(name: str, parts: Sequence[_Node]) -> list[str]:
    texts = [_html(part) for part in parts]
    return [f"({text})" if name == "mfrac" and _OPERATOR.search(text.strip()) else text.strip() for text in texts]
