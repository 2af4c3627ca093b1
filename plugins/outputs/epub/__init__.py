"""Writes the edition as an e-book (EPUB 3.3), with a page for each story: headline, by-line, picture, text, outlets.

    [[outputs]]
    plugin = "epub"
    path = "public/books"                        # a folder: one book a day, 2026-11-29.epub, which is kept
    # path = "public/daily.epub"                 # a file: always the newest edition
    pictures = "copy"                            # pictures in the book; otherwise it has none
    limit = 30                                   # stories; 50 by default

The book of a day is written again while the day lasts in the time zone of the configuration. It has a cover, a contents
page with the sections, and the older table of contents of EPUB 2. Texts of sources are sanitised, then reduced to what
e-readers accept. A book never loads anything: pictures are in it or left out, and audio and video are links.

Limits: the texts are those of the articles; where a source has a summary only, use the filter `fulltext`. Pictures
within texts are in the book only if they are among those that `pictures = "copy"` copies: the picture of each article.
"""

from __future__ import annotations

from collections.abc import Iterator

from aggregator import Edition, Register, hookimpl
from aggregator.outputs.text import legal


def epub(edition: Edition, *, path: str = "edition.epub") -> Iterator[tuple[str, bytes]]:
    """Writes the edition as an e-book (EPUB)."""
    from .book import make_book  # deferred: imports lxml

    if path.lower().endswith(".epub"):
        yield "", make_book(legal(edition))
    elif edition.stories:
        yield f"{edition.day}.epub", make_book(legal(edition))


@hookimpl
def register_outputs(register: Register) -> None:
    """Register the output."""
    register(epub)
