"""The pages of the documentation, as text and as a CommonMark parser reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from project import ROOT

FOLDERS = ("docs", "docs/decisions")
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "samples/README.md")]
PAGES += [page for folder in FOLDERS for page in sorted(ROOT.glob(f"{folder}/*.md"))]
PAGES = [page for page in PAGES if page.exists()]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}


@cache
def tokens_of(page: str) -> tuple[Token, ...]:
    """The blocks of a page in its order, as CommonMark with GitHub's tables defines them."""
    return tuple(MarkdownIt("commonmark").enable("table").parse(TEXTS[page]))


def inline_of(page: str, kind: str) -> Iterator[Token]:
    """The inline elements of this kind (`text`, `code_inline`, `link_open`) on a page."""
    for block in tokens_of(page):
        yield from (token for token in block.children or () if token.type == kind)


def headings_of(page: str) -> Iterator[tuple[int, str]]:
    """(level, text) of each heading of a page."""
    tokens = tokens_of(page)
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            yield int(opening.tag[1]), "".join(child.content for child in content.children or ())


def anchors_of(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub, GitLab and Forgejo derive them."""
    anchors: set[str] = set()
    for _, text in headings_of(page):
        anchor = plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = 0
        while anchor in anchors:
            anchor = f"{plain}-{(number := number + 1)}"
        anchors.add(anchor)
    return anchors


def resolve(page: str, target: str) -> Path:
    """The file that a relative link on a page leads to."""
    return (ROOT / page).parent / target if target else ROOT / page
