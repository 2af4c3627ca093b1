"""Writes the edition as plain text, for terminals and mails: lead story, sections, and each story with its outlets.

    [[outputs]]
    plugin = "text"
    path = "public/edition.txt"
    width = 72                                   # cells of a line
    links = "end"                                # or "inline": below the headline, or "none"
    template = "edition.txt.j2"                  # a template of your own

Dates and labels are in the language and time zone of the configuration. Lines are wrapped by the width of their
characters on a terminal: East Asian characters and emoji are two cells wide. There are no control characters, so that
the file can be shown on a terminal. With `links = "end"`, headlines have numbers in brackets, and the addresses follow
at the end; an address is never broken. For templates:
[Templates for Markdown and text](guide.md#templates-for-markdown-and-text).

Limits: summaries only, without full texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from aggregator import Edition, Register, hookimpl
from aggregator.outputs.edition_texts import EditionTexts
from aggregator.outputs.text import legal, web_address
from aggregator.outputs.text_templates import render_text, template_file
from aggregator.outputs.wrap_text import cells, wrap_text
from aggregator.text.plain import printable

TEMPLATE = Path(__file__).parent / "templates" / "edition.txt.j2"
Links = Literal["inline", "end", "none"]


def text(
    edition: Edition,
    *,
    config_folder: Path = Path(),
    width: Annotated[Annotated[int, Meta(ge=20, le=500)], Meta(description="Cells of a line, 20 to 500.")] = 72,
    links: Annotated[Links, Meta(description="Where addresses are: below headlines, at the end, or nowhere.")] = "end",
    template: Annotated[str | None, Meta(description="File of a template of your own.")] = None,
) -> Iterator[tuple[str, bytes]]:
    """Writes the edition as plain text."""
    texts = EditionTexts(legal(edition))
    functions = _functions(texts, width, _Links(links, width))
    rendered = render_text(TEMPLATE, template_file(template, config_folder), texts, functions)
    yield "", "".join(f"{_clean(line)}\n" for line in rendered.splitlines()).encode()


class _Links:
    """The addresses of an edition, which are numbered as they are used."""

    def __init__(self, kind: Links, width: int) -> None:
        self._kind = kind
        self._width = width
        self._numbers: dict[str, int] = {}

    def link(self, url: str | None) -> str:
        """Return the number of an address, to be added to a text: " [3]"; "" if addresses are not at the end."""
        address = web_address(url)
        if not address or self._kind != "end":
            return ""
        return f" [{self._numbers.setdefault(address, len(self._numbers) + 1)}]"

    def address(self, url: str | None) -> str:
        """Return an address for a line of its own; "" if addresses are not inline."""
        return web_address(url) or "" if self._kind == "inline" else ""

    def notes(self) -> str:
        """Return the addresses that have numbers, one in a line."""
        return "\n".join(f"[{number}] {address}" for address, number in self._numbers.items())


def _functions(texts: EditionTexts, width: int, links: _Links) -> dict[str, Callable[..., Any]]:
    def wrap(text: object, first: str = "", rest: str | None = None) -> str:
        return "\n".join(wrap_text(str(text), width, first, " " * cells(first) if rest is None else rest))

    functions = (wrap, texts.names, links.link, links.address, links.notes, _lines)
    named = {function.__name__.strip("_"): function for function in functions}
    return {**named, "underline": partial(_underline, width)}


def _underline(width: int, text: str, character: str) -> str:
    """Return a line below a wrapped text, as long as the longest of its lines."""
    return character * max(map(cells, wrap_text(text, width)), default=0)


def _lines(text: str) -> str:
    """Return a text without its empty lines."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def _clean(line: str) -> str:
    """Return a line without control characters and spaces at its end; a template may contain any text."""
    if line.isascii() and line.isprintable():
        return line.rstrip()
    return "".join(map(printable, line.expandtabs(4))).rstrip()  # one by one: spaces in a row stay


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(text)
