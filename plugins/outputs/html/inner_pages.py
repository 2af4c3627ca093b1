"""Writes all pages of a newspaper but the front page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from aggregator.model import Archive, Deferred

from .archive_pages import archive_pages
from .article_pages import article_pages
from .inner import Inner
from .listing_pages import listing_pages
from .site import Site
from .sitemap import sitemaps
from .story_pages import moved_pages, story_pages
from .topic_feeds import topic_feeds


def inner_pages(site: Site, archive: Archive, folder: Path) -> Iterator[tuple[str, bytes | Deferred]]:
    """Yield the pages of articles, stories, topics and sources, the archive, the search, feeds and sitemaps.

    They are those of the stories in the edition: older pages stay as they are. `folder`: of the site.
    """
    inner = Inner(site, archive, folder)
    yielded: set[str] = set()
    pages = chain(
        article_pages(inner),
        story_pages(inner),
        moved_pages(inner),
        listing_pages(inner),
        archive_pages(inner),
        topic_feeds(inner),
        sitemaps(inner),
    )
    for name, content in pages:
        if name not in yielded:
            yielded.add(name)
            yield name, content
