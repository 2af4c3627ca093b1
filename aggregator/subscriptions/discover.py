"""Find the feeds behind an address: the address itself, what its page names, what its links look like, well-known
paths.

Sources: RSS autodiscovery (https://www.rssboard.org/rss-autodiscovery), HTML 4.8.4.3 (rel="alternate").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from aggregator.errors import FetchError, NotModified
from aggregator.http.protocols import Http
from aggregator.http.response import Response
from aggregator.text.plain import plain

TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "text/xml",
        "application/xml",
    }
)
WELL_KNOWN = (
    "feed",
    "feed.xml",
    "rss",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed.json",
    "feeds/posts/default",
    "feed/atom",
    "?feed=rss2",
)
MOST_LINKS = 5
"""Links that only look like feeds which are tried."""
PAGE = 2_000_000
"""Bytes of a page that are read."""

_FEED = re.compile(rb"<(?:rss|(?:\w+:)?feed|(?:\w+:)?RDF)[\s>]", re.IGNORECASE)
_JSON_FEED = re.compile(rb"\s*\{.{0,500}?jsonfeed\.org/version", re.DOTALL)
_LIKE_FEED = re.compile(r"(?:^|[/._?=-])(?:rss|atom|feed|feeds)(?:[/._?=&-]|$|\d)|\.(?:rss|rdf|atom)$", re.IGNORECASE)


class Found(msgspec.Struct, frozen=True):
    """A feed. `kind`: how it was found: "address", "named", "linked" or "well-known"."""

    url: str
    title: str | None
    kind: str


def looks_like_feed(body: bytes) -> bool:
    """Whether a document is RSS, Atom or JSON Feed, by its beginning."""
    head = body[:3000]
    return (bool(_FEED.search(head)) and b"<html" not in head.lower()) or bool(_JSON_FEED.match(head))


async def find_feeds(http: Http, url: str) -> list[Found]:
    """The feeds at or behind an address, the best first; empty where there is none.

    Asks one after the other, and stops at the first well-known path that works. Raises FetchError where the address
    itself does not answer.
    """
    page, url = await _open(http, url)
    if looks_like_feed(page.body):
        return [Found(url, None, "address")]
    named = list(named_feeds(page.body, page.url))
    if named:
        return named
    linked = [one for link in linked_feeds(page.body, page.url) if (one := await _tried(http, link, "linked"))]
    if linked:
        return linked
    for path in well_known(page.url):
        if one := await _tried(http, path, "well-known"):
            return [one]
    return []


async def _open(http: Http, url: str) -> tuple[Response, str]:
    """The page, and under which address it answered."""
    try:
        return await http.get(url), url
    except FetchError as error:
        # Nobody types "https://" for a site that has only http.
        if error.kind not in ("connect", "tls") or not url.startswith("https://"):
            raise
        plain_url = url.replace("https://", "http://", 1)
        return await http.get(plain_url), plain_url


async def _tried(http: Http, url: str, kind: str) -> Found | None:
    try:
        response = await http.get(url)
    except (FetchError, NotModified):
        return None
    return Found(url, None, kind) if looks_like_feed(response.body) else None


def named_feeds(body: bytes, url: str) -> Iterator[Found]:
    """What a page names with `<link rel="alternate">`, in its order; feeds of comments last."""
    found: dict[str, Found] = {}
    page = _parse(body)
    base = _base(page, url)
    for link in page.iter("link") if page is not None else ():
        kind = (link.get("type") or "").split(";")[0].strip().lower()
        if "alternate" in (link.get("rel") or "").lower().split() and kind in TYPES and link.get("href"):
            target = urljoin(base, link.get("href").strip())
            found.setdefault(target, Found(target, plain(link.get("title") or "") or None, "named"))
    yield from sorted(found.values(), key=lambda one: "comment" in f"{one.url} {one.title}".lower())


def linked_feeds(body: bytes, url: str) -> list[str]:
    """Links of a page to its own site that look like feeds."""
    page = _parse(body)
    base = _base(page, url)
    found: dict[str, None] = {}
    for link in page.iter("a") if page is not None else ():
        target = urljoin(base, (link.get("href") or "").strip())
        parts = urlsplit(target)
        if parts.hostname == urlsplit(url).hostname and _LIKE_FEED.search(f"{parts.path}?{parts.query}"):
            found.setdefault(target)
    return list(found)[:MOST_LINKS]


def well_known(url: str) -> Iterable[str]:
    """Where feeds usually are: below the page, and at the site's root."""
    bases = dict.fromkeys((url.split("?")[0].rstrip("/") + "/", urljoin(url, "/")))
    return dict.fromkeys(urljoin(base, path) for base in bases for path in WELL_KNOWN)


def _base(page: Any, url: str) -> str:
    stated = page.find(".//base[@href]") if page is not None else None
    return urljoin(url, stated.get("href")) if stated is not None else url


def _parse(body: bytes) -> Any:
    from lxml import etree, html

    try:
        return html.document_fromstring(body[:PAGE], parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError):
        return None
