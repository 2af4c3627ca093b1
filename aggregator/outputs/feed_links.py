"""Lists the feeds and subscription lists of a configuration as links from a page."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import quote

import msgspec

from aggregator.model import Edition, Publication

FORMATS = {
    "rss": ("RSS", "application/rss+xml"),
    "atom": ("Atom", "application/atom+xml"),
    "jsonfeed": ("JSON Feed", "application/feed+json"),
    "opml": ("OPML", "text/x-opml"),
}


class FeedLink(msgspec.Struct, frozen=True):
    """A link to another output. `label`: that of the output, or its format; `title`: for programs; `type`: MIME."""

    plugin: str
    label: str
    title: str
    type: str
    href: str


def feed_links(edition: Edition, here: str) -> Iterator[FeedLink]:
    """Yield the feeds and lists among the publications, with addresses relative to a page of this path.

    Feeds of one format without a label of their own are distinguished by their file names.
    """
    for publication in edition.publications:
        if publication.plugin in FORMATS:
            label = publication.label or _label(publication, edition)
            title = f"{publication.title or edition.title}: {label}"
            href = relative(publication.path, here)
            yield FeedLink(publication.plugin, label, title, FORMATS[publication.plugin][1], href)


def relative(path: str, here: str) -> str:
    """Return the URL of a path, relative to a page of another path."""
    return quote(posixpath.relpath(path, posixpath.dirname(here) or "."))


def _label(publication: Publication, edition: Edition) -> str:
    label = FORMATS[publication.plugin][0]
    siblings = [other for other in edition.publications if other.plugin == publication.plugin and not other.label]
    return f"{label} ({PurePosixPath(publication.path).stem})" if len(siblings) > 1 else label
