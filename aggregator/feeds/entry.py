"""An entry of a feed as the document states it, and the choice of the values that make up an `Item`.

Both parsers fill in an `Entry`, and only here is decided which of several elements counts: so an entry is read alike,
whichever parser its neighbours need.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from aggregator.model import Item, Outlet
from aggregator.text.dates import parse_date
from aggregator.text.pictures import best_picture

_PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})


def _ranked(*names: str) -> dict[str, int]:
    return {name: rank for rank, name in enumerate(names)}


_TITLES = _ranked("title", "atom:title", "dc:title", "media:title", "itunes:title")
_SUMMARIES = _ranked("description", "summary", "atom:summary", "dc:description", "itunes:summary", "media:description")
_CONTENTS = _ranked("content:encoded", "atom:content", "content", "xhtml:body", "body", "fullitem")
_PUBLISHED = _ranked(
    "pubdate", "atom:published", "published", "atom:issued", "issued", "dc:date", "date", "dcterms:issued",
    "dcterms:available", "atom:created", "created", "dcterms:created",
)  # fmt: skip
_UPDATED = _ranked("atom:updated", "updated", "atom:modified", "modified", "dcterms:modified", "lastbuilddate")
_AUTHORS = _ranked("dc:creator", "author", "creator", "atom:author", "itunes:author")
_LAST = 100
"""A rank behind all others."""
TEXTS = frozenset({*_TITLES, *_SUMMARIES, *_CONTENTS})
DATES = frozenset({*_PUBLISHED, *_UPDATED})
AUTHORS = frozenset(_AUTHORS)
MEDIA_TYPES = {"image": "image/*", "video": "video/*", "audio": "audio/*"}
"""The types of a `medium` of Media RSS."""


class Link(NamedTuple):
    """An `atom:link` (RFC 4287 4.2.7), or the text of an RSS `link`. `url`: may be relative."""

    url: str
    rel: str = "alternate"
    type: str | None = None
    length: str | None = None


class Entry(msgspec.Struct):
    """An entry of a feed. Texts are HTML; dates, addresses and numbers are as the document states them.

    `texts`, `dates`, `authors`: by the name of the element (`element_names`); `permalink`: whether the guid may be the
    address; `about`: `rdf:about` of an RSS 1.0 item; `media`: enclosures as mappings, see `Item`; `pictures`:
    thumbnails, mappings with `url`, `width` and `height`; `duration`: of the first enclosure; `base`: of relative
    addresses, None for that of the feed.
    """

    guid: str | None = None
    permalink: bool = True
    about: str | None = None
    texts: dict[str, str] = {}
    dates: dict[str, str] = {}
    authors: dict[str, list[str]] = {}
    links: list[Link] = []
    tags: list[str] = []
    media: list[dict[str, Any]] = []
    pictures: list[dict[str, Any]] = []
    duration: str | None = None
    source: Outlet | None = None
    language: str | None = None
    base: str | None = None

    def to_item(self, url: str) -> Item:
        """Return the entry as an item. `url`: that of the feed."""
        title, summary, content = _first_texts(self.texts)
        updated = _first_date(self.dates, _UPDATED)
        address = self._address()
        return Item(
            id=self.guid or self.about or address,
            url=address,
            title=title,
            summary=summary,
            content=content if content != summary else None,
            authors=_first_authors(self.authors) if self.authors else None,
            published=_first_date(self.dates, _PUBLISHED) or updated,
            updated=updated,
            language=self.language,
            tags=self.tags or None,
            enclosures=self._enclosures() or None,
            image=self._picture() if self.pictures else None,
            source=self.source,
            base=self.base or url,
        )

    def _address(self) -> str | None:
        """Return the address of the article: of several alternates the first web page (RFC 4287 4.1.1 allows many),
        else a guid that is a permalink (RSS 2.0), or the subject of an RSS 1.0 item."""
        first = None
        for link in self.links:
            if link.rel == "alternate":
                if not link.type or link.type.lower() in _PAGE_TYPES:
                    return link.url
                first = first or link
        if first:
            return first.url
        guid = self.guid or ""
        if self.permalink and guid.startswith(("http://", "https://")):
            return guid
        return self.about if (self.about or "").startswith(("http://", "https://")) else None

    def _picture(self) -> str | None:
        """Return the best of the thumbnails and of the pictures among the enclosures."""
        media = [medium for medium in self.media if str(medium.get("type")).startswith("image/")]
        return best_picture([*self.pictures, *media])

    def _enclosures(self) -> list[dict[str, Any]]:
        linked = [
            {"url": link.url, "type": link.type, "length": link.length}
            for link in self.links
            if link.rel == "enclosure"
        ]
        enclosures = [*linked, *self.media] if linked else self.media
        if enclosures and self.duration and not enclosures[0].get("duration"):
            enclosures[0]["duration"] = self.duration
        return enclosures


def _first_texts(texts: dict[str, str]) -> tuple[str | None, str | None, str | None]:
    """Return the most important title, summary and content that are not empty."""
    title = summary = content = None
    title_rank = summary_rank = content_rank = _LAST
    for name, text in texts.items():
        if not text:
            continue
        if (rank := _TITLES.get(name, _LAST)) < title_rank:
            title, title_rank = text, rank
        elif (rank := _SUMMARIES.get(name, _LAST)) < summary_rank:
            summary, summary_rank = text, rank
        elif (rank := _CONTENTS.get(name, _LAST)) < content_rank:
            content, content_rank = text, rank
    return title, summary, content


def _first_authors(authors: dict[str, list[str]]) -> list[str] | None:
    """Return the authors in the most important element that states any."""
    stated = [name for name, names in authors.items() if names and name in _AUTHORS]
    return authors[min(stated, key=_AUTHORS.__getitem__)] if stated else None


def _first_date(dates: dict[str, str], ranks: dict[str, int]) -> str | None:
    """Return the most important date that can be read, else the most important one."""
    if len(dates) == 1:
        [(name, date)] = dates.items()
        return date if date and name in ranks else None
    stated = [(ranks[name], date) for name, date in dates.items() if date and name in ranks]
    if len(stated) > 1:
        stated.sort()
        return next((date for _, date in stated if parse_date(date)), stated[0][1])
    return stated[0][1] if stated else None
