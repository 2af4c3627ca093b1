"""Discover the feeds of a site: the URL itself, `<link rel="alternate">`, links that look like feeds, well-known paths.

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
MAX_LINKS = 5
"""The number of links that look like feeds and are requested."""
MAX_PAGE_BYTES = 2_000_000
"""The part of a page that is parsed."""

_FEED = re.compile(rb"<(?:rss|(?:\w+:)?feed|(?:\w+:)?RDF)[\s>]", re.IGNORECASE)
_JSON_FEED = re.compile(rb"\s*\{.{0,500}?jsonfeed\.org/version", re.DOTALL)
_LIKE_FEED = re.compile(r"(?:^|[/._?=-])(?:rss|atom|feed|feeds)(?:[/._?=&-]|$|\d)|\.(?:rss|rdf|atom)$", re.IGNORECASE)


class FoundFeed(msgspec.Struct, frozen=True):
    """A feed. `kind`: how it was found: "address", "named" (by the page), "linked" or "well-known"."""

    url: str
    title: str | None
    kind: str


def looks_like_feed(body: bytes) -> bool:
    """Whether a document is RSS, Atom or JSON Feed, by its beginning."""
    head = body[:3000]
    return (bool(_FEED.search(head)) and b"<html" not in head.lower()) or bool(_JSON_FEED.match(head))


async def find_feeds(http: Http, url: str) -> list[FoundFeed]:
    """Return the feeds of a site, the best first; empty if there is none.

    Sends one request after the other, and stops at the first well-known path that works. Raises FetchError if the
    request for `url` fails.
    """
    page, url = await _open(http, url)
    if looks_like_feed(page.body):
        return [FoundFeed(url, None, "address")]
    stated = list(stated_feeds(page.body, page.url))
    if stated:
        return stated
    linked = [feed for link in linked_feeds(page.body, page.url) if (feed := await _request(http, link, "linked"))]
    if linked:
        return linked
    for path in well_known_urls(page.url):
        if feed := await _request(http, path, "well-known"):
            return [feed]
    return []


async def _open(http: Http, url: str) -> tuple[Response, str]:
    """Return the page, and the URL that worked."""
    try:
        return await http.get(url), url
    except FetchError as error:
        # The scheme was added to what the user entered; the site may have http only.
        if error.kind not in ("connect", "tls") or not url.startswith("https://"):
            raise
        plain_url = url.replace("https://", "http://", 1)
        return await http.get(plain_url), plain_url


async def _request(http: Http, url: str, kind: str) -> FoundFeed | None:
    try:
        response = await http.get(url)
    except (FetchError, NotModified):
        return None
    return FoundFeed(url, None, kind) if looks_like_feed(response.body) else None


def stated_feeds(body: bytes, url: str) -> Iterator[FoundFeed]:
    """Yield the feeds that a page states with `<link rel="alternate">`, in document order; feeds of comments last."""
    feeds: dict[str, FoundFeed] = {}
    page = _parse(body)
    base = _base(page, url)
    for link in page.iter("link") if page is not None else ():
        kind = (link.get("type") or "").split(";")[0].strip().lower()
        if "alternate" in (link.get("rel") or "").lower().split() and kind in TYPES and link.get("href"):
            target = urljoin(base, link.get("href").strip())
            feeds.setdefault(target, FoundFeed(target, plain(link.get("title") or "") or None, "named"))
    yield from sorted(feeds.values(), key=lambda feed: "comment" in f"{feed.url} {feed.title}".lower())


def linked_feeds(body: bytes, url: str) -> list[str]:
    """Return the links of a page to its own site that look like feeds."""
    page = _parse(body)
    base = _base(page, url)
    links: dict[str, None] = {}
    for link in page.iter("a") if page is not None else ():
        target = urljoin(base, (link.get("href") or "").strip())
        parts = urlsplit(target)
        if parts.hostname == urlsplit(url).hostname and _LIKE_FEED.search(f"{parts.path}?{parts.query}"):
            links.setdefault(target)
    return list(links)[:MAX_LINKS]


def well_known_urls(url: str) -> Iterable[str]:
    """Return the usual URLs of feeds, below the page and at the root of the site."""
    bases = dict.fromkeys((url.split("?")[0].rstrip("/") + "/", urljoin(url, "/")))
    return dict.fromkeys(urljoin(base, path) for base in bases for path in WELL_KNOWN)


def _base(page: Any, url: str) -> str:
    stated = page.find(".//base[@href]") if page is not None else None
    return urljoin(url, stated.get("href")) if stated is not None else url


def _parse(body: bytes) -> Any:
    from lxml import etree, html

    try:
        return html.document_fromstring(body[:MAX_PAGE_BYTES], parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError):
        return None
