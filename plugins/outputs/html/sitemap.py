"""Writes the sitemap: an index, and for each day a list of the pages that search engines may index.

The pages of articles are not listed, because they show what belongs to a publisher. The list of a day that has ended
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from xml.sax.saxutils import escape

from aggregator.model import Deferred
from aggregator.outputs.page_names import (
    ARCHIVE_PAGE,
    FRONT_PAGE,
    SOURCES_PAGE,
    TAGS_PAGE,
    edition_page,
    has_story_page,
    source_page,
    story_page,
)

from .inner import Inner

FOLDER = "sitemaps"
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOST = 50_000
"""Addresses of a sitemap, at most: a limit of the protocol."""


def sitemaps(inner: Inner) -> Iterator[tuple[str, Deferred]]:
    """Yield the sitemaps, if the configuration has a `url`."""
    root = inner.absolute("")
    if not root or not inner.edition.stories:
        return
    day = inner.edition.day.isoformat()
    pages = sorted(_pages(inner))[:_MOST]
    yield _file(f"{FOLDER}/{day}.xml", "urlset", [(_url("url", root + name, date)) for name, date in pages])
    days = sorted({day, *(path.stem for path in _written(inner))})
    lists = [_url("sitemap", f"{root}{FOLDER}/{one}.xml", None) for one in days][-_MOST:]
    yield _file("sitemap.xml", "sitemapindex", lists)


def _pages(inner: Inner) -> Iterator[tuple[str, datetime | None]]:
    yield edition_page(inner.edition.day), inner.edition.updated
    for name in ("", ARCHIVE_PAGE, SOURCES_PAGE, TAGS_PAGE):
        yield name.removesuffix(FRONT_PAGE), None
    for story in inner.stories:
        if has_story_page(story):
            yield story_page(story), story.updated
    for topic in inner.topics.values():
        yield topic.page, None
    for name in inner.desks:
        yield source_page(name), None


def _url(element: str, address: str, date: datetime | None) -> str:
    changed = f"<lastmod>{date.isoformat()}</lastmod>" if date else ""
    return f"<{element}><loc>{escape(address)}</loc>{changed}</{element}>"


def _file(name: str, root: str, lines: list[str]) -> tuple[str, Deferred]:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">'
    body = "\n".join([head, *lines, f"</{root}>\n"]).encode()
    return name, Deferred(blake2b(body, digest_size=16).digest(), lambda: body)


def _written(inner: Inner) -> Iterator[Path]:
    """Yield the lists of days that exist."""
    try:
        yield from (path for path in (inner.folder / FOLDER).glob("*.xml") if _DAY.fullmatch(path.stem))
    except OSError:
        return
