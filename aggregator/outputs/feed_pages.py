"""Divides a feed into pages (RFC 5005, section 3): the newest stories, then those before them by day.

A page holds what has left the first page, by the day (UTC) on which it was last changed, and is named after that day.
So it changes only if one of its stories does. Pages, not archives (section 4), because an archive must never change:
a story that gets news moves to the first page, and a publisher may date an article back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import quote, urljoin

from aggregator.model import Edition, Publication, Story
from aggregator.outputs.text import web_address

PAGE_SIZE = 250
"""Stories of a page after the first at most; a day with more has several."""


class FeedPage(NamedTuple):
    """A document of a feed. `name`: of its file, relative to the output; `url`: None if it is unknown; `links`: to the
    other documents, as pairs of relation and URL."""

    name: str
    url: str | None
    stories: tuple[Story, ...]
    links: tuple[tuple[str, str], ...] = ()


def pages_of(edition: Edition) -> list[FeedPage]:
    """Return the documents of a feed, the first one first. Without a URL, by which they link to each other, only that.

    >>> [page.name for page in pages_of(edition)]  # doctest: +SKIP
    ['', '2026-11-28-2.xml', '2026-11-28.xml', '2026-11-27.xml']
    """
    itself, first = edition.itself, web_address(edition.itself.url)
    folder = folder_of(itself)
    documents = [("", first, edition.newest)]
    if first and folder:
        suffix = PurePosixPath(itself.path).suffix
        for day, stories in _days(edition.older):
            name = f"{day}{suffix}"
            documents.append((name, urljoin(first, f"{folder}/{name}"), stories))
    following = {before[1]: after[1] for before, after in pairwise(documents)}
    previous = {after: before for before, after in following.items()}
    return [
        FeedPage(name, url, stories, _links(url, first, previous, following) if len(documents) > 1 else ())
        for name, url, stories in documents
    ]


def folder_of(publication: Publication) -> str | None:
    """Return the folder of the further files of an output, relative to its URL; None if it has none."""
    path = PurePosixPath(publication.path)
    return quote(path.stem) if path.suffix else None


def _days(stories: Sequence[Story]) -> Iterator[tuple[str, tuple[Story, ...]]]:
    """Yield the stories by day, in parts, newest first. Parts are counted from the oldest, so that full ones stay."""
    for day, group in groupby(stories, key=lambda story: story.updated.astimezone(dt.UTC).date()):
        members = tuple(group)
        starts = range((len(members) - 1) // PAGE_SIZE * PAGE_SIZE, -1, -PAGE_SIZE)
        for start in starts:
            number = start // PAGE_SIZE + 1
            end = len(members) - start
            yield f"{day}" + (f"-{number}" if number > 1 else ""), members[max(0, end - PAGE_SIZE) : end]


def _links(
    url: str | None, first: str | None, previous: dict[str | None, str | None], following: dict[str | None, str | None]
) -> tuple[tuple[str, str], ...]:
    targets = (("first", first), ("previous", previous.get(url)), ("next", following.get(url)))
    return tuple((relation, target) for relation, target in targets if target)
