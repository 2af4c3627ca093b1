"""Discover the feeds of a site: the URL itself, feeds that the page names, links that look like feeds, usual paths.

Sources: RSS autodiscovery (https://www.rssboard.org/rss-autodiscovery), HTML 4.6.7.1 (rel="alternate"), RFC 8288 (the
`Link` header).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from aggregator.errors import FetchError, NotModified
from aggregator.http.headers import links, refresh_target
from aggregator.http.origins import registrable_domain, with_credentials_of
from aggregator.http.protocols import Http
from aggregator.http.response import Response
from aggregator.text.charsets import decode_html
from aggregator.text.feed_scheme import without_feed_scheme
from aggregator.text.plain import plain
from aggregator.text.urls import absolute

TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x-rss+xml",
        "application/rss",
        "application/atom",
        "text/rss+xml",
        "text/atom+xml",
        "text/xml",
        "application/xml",
    }
)
JSON_TYPE = "application/json"
"""The type of JSON Feed 1.0, and of any API: the address decides."""
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
HEAD_BYTES = 3000
"""The part of a document that tells whether it is a feed."""
MAX_REFRESHES = 3
"""The number of pages in a row that refer to another one instead of a redirect."""

_FEED = re.compile(rb"<(?:rss|(?:\w+:)?feed|(?:\w+:)?RDF)[\s>]", re.IGNORECASE)
_JSON_FEED = re.compile(rb"\s*\{.{0,500}?jsonfeed\.org/version", re.DOTALL)
_LIKE_FEED = re.compile(
    r"(?:^|[/._?=-])(?:rss|atom|feed|feeds)(?:[/._?=&-]|$|\d)|\.(?:rss|rdf|atom)$|(?:rss|feed)\.(?:xml|php|json)$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment|kommentar|comentario", re.IGNORECASE)
_ATOM_ENTRY = re.compile(r";\s*type\s*=\s*[\"']?entry", re.IGNORECASE)


class FoundFeed(msgspec.Struct, frozen=True):
    """A feed. `kind`: how it was found: "address", "named" (by the page), "linked" or "well-known"."""

    url: str
    title: str | None
    kind: str


def looks_like_feed(body: bytes) -> bool:
    """Whether a document is RSS, Atom or JSON Feed, by its beginning."""
    head = _beginning(body)
    return (bool(_FEED.search(head)) and b"<html" not in head.lower()) or bool(_JSON_FEED.match(head))


def _beginning(body: bytes) -> bytes:
    """Return the first bytes of a document, decompressed and in a charset that extends ASCII."""
    if body.startswith(b"\x1f\x8b"):
        try:
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, HEAD_BYTES)
        except zlib.error:
            return b""
    head = body[:HEAD_BYTES]
    return decode_html(body[: 4 * HEAD_BYTES]).encode() if b"\0" in head else head


async def find_feeds(http: Http, url: str, excluded: Collection[str] = ()) -> list[FoundFeed]:
    """Return the feeds of a site, the best first; empty if there is none. `excluded`: addresses to leave out.

    Feeds that a page names are returned without a request for them. Guessed addresses are requested, one after the
    other, until a usual path works. Raises FetchError if the request for `url` fails.
    """
    page, url = await _open(http, url)
    if looks_like_feed(page.body) and url not in excluded:
        return [FoundFeed(url, None, "address")]
    page = await _follow_refreshes(http, page)
    if looks_like_feed(page.body) and page.url not in excluded:
        return [FoundFeed(with_credentials_of(url, page.url), None, "address")]

    def new(addresses: Iterable[str]) -> list[str]:
        return [address for one in addresses if (address := with_credentials_of(url, one)) not in excluded]

    named = [msgspec.structs.replace(feed, url=with_credentials_of(url, feed.url)) for feed in named_feeds(page)]
    if named := [feed for feed in named if feed.url not in excluded]:
        return named
    linked = [feed for link in new(linked_feeds(page.body, page.url)) if (feed := await _request(http, link, "linked"))]
    if linked:
        return linked
    for path in new(well_known_urls(page.url)):
        if feed := await _request(http, path, "well-known"):
            return [feed]
    return []


def with_http(url: str, error: BaseException | None) -> str | None:
    """Return the address with http if its site may have no https; None if another failure is the cause.

    Credentials are never sent without encryption where https was asked for.
    """
    is_connection_error = isinstance(error, FetchError) and error.kind in ("connect", "tls")
    if not is_connection_error or not url.startswith("https://") or "@" in urlsplit(url).netloc:
        return None
    return url.replace("https://", "http://", 1)


async def _open(http: Http, url: str) -> tuple[Response, str]:
    """Return the page, and the URL that worked."""
    try:
        return await http.get(url), url
    except FetchError as error:
        # The scheme was added to what the user entered; the site may have http only.
        plain_url = with_http(url, error)
        if plain_url is None:
            raise
        return await http.get(plain_url), plain_url


async def _follow_refreshes(http: Http, page: Response) -> Response:
    """Return the page that a page without feeds refers to by a `Refresh` header or element, or the page itself."""
    for _ in range(MAX_REFRESHES):
        target = None if looks_like_feed(page.body) or any(named_feeds(page)) else _refresh(page)
        if target is None:
            break
        try:
            page = await http.get(target)
        except (FetchError, NotModified):
            break
    return page


def _refresh(page: Response) -> str | None:
    root = _parse(page.body)
    values = [page.headers.get("Refresh", "")]
    for meta in root.iter("meta") if root is not None else ():
        if (meta.get("http-equiv") or "").strip().lower() == "refresh":
            values.append(meta.get("content") or "")
    target = next((target for value in values if (target := refresh_target(value))), None)
    address = _resolve(target, _base(root, page.url)) if target else None
    return address if address != page.url else None


async def _request(http: Http, url: str, kind: str) -> FoundFeed | None:
    try:
        response = await http.get(url)
    except (FetchError, NotModified):
        return None
    return FoundFeed(url, None, kind) if looks_like_feed(response.body) else None


def named_feeds(page: Response) -> Iterator[FoundFeed]:
    """Yield the feeds that a page names in its `Link` headers and its elements; feeds of comments last."""
    feeds = [*_header_feeds(page), *stated_feeds(page.body, page.url)]
    yield from _in_order(feeds)


def _header_feeds(page: Response) -> Iterator[FoundFeed]:
    for link in links(page.headers):
        parameters = link.parameters
        target = _resolve(link.target, page.url)
        is_other_context = "anchor" in parameters  # a statement about another page
        if target and not is_other_context and _is_feed(parameters.get("rel"), parameters.get("type"), target):
            yield FoundFeed(target, plain(parameters.get("title", "")) or None, "named")


def stated_feeds(body: bytes, url: str) -> Iterator[FoundFeed]:
    """Yield the feeds that a page states with `rel="alternate"`, in document order; feeds of comments last."""
    feeds = []
    page = _parse(body)
    base = _base(page, url)
    for link in page.iter("link", "a", "area") if page is not None else ():
        target = _resolve(link.get("href") or "", base)
        if target and _is_feed(link.get("rel"), link.get("type"), target, link.get("hreflang")):
            feeds.append(FoundFeed(target, plain(link.get("title") or "") or None, "named"))
    yield from _in_order(feeds)


def _in_order(feeds: Iterable[FoundFeed]) -> list[FoundFeed]:
    """Return each feed once, those of comments last."""
    unique: dict[str, FoundFeed] = {}
    for feed in feeds:
        unique.setdefault(feed.url, feed)
    return sorted(unique.values(), key=lambda feed: bool(_COMMENTS.search(f"{feed.url} {feed.title}")))


def _is_feed(rel: str | None, media_type: str | None, target: str, hreflang: str | None = None) -> bool:
    """Whether a link with these attributes names a feed of the page."""
    relations = (rel or "").lower().split()
    kind = (media_type or "").split(";")[0].strip().lower()
    if _ATOM_ENTRY.search(media_type or "") or "stylesheet" in relations:
        return False
    if "alternate" not in relations:
        return "feed" in relations and kind in TYPES | {"", JSON_TYPE}
    if kind in TYPES:
        return True
    parts = urlsplit(target)
    is_likely = _LIKE_FEED.search(f"{parts.path}?{parts.query}") is not None and "/wp-json/" not in parts.path
    return is_likely and (kind == JSON_TYPE or (not kind and not hreflang))


def linked_feeds(body: bytes, url: str) -> list[str]:
    """Return the links of a page to its own site that look like feeds."""
    page = _parse(body)
    base = _base(page, url)
    found: dict[str, None] = {}
    site = registrable_domain(url)
    for link in page.iter("a") if page is not None else ():
        target = _resolve(link.get("href") or "", base)
        if target is None:
            continue
        parts = urlsplit(target)
        if _LIKE_FEED.search(f"{parts.path}?{parts.query}") and registrable_domain(target) == site:
            found.setdefault(target)
    return list(found)[:MAX_LINKS]


def well_known_urls(url: str) -> Iterable[str]:
    """Return the usual URLs of feeds, below the page and at the root of the site."""
    bases = dict.fromkeys((url.split("?")[0].rstrip("/") + "/", urljoin(url, "/")))
    return dict.fromkeys(urljoin(base, path) for base in bases for path in WELL_KNOWN)


def _base(page: Any, url: str) -> str:
    stated = page.find(".//base[@href]") if page is not None else None
    return (stated is not None and _resolve(stated.get("href"), url)) or url


def _resolve(reference: str, base: str) -> str | None:
    """Return the web address of a link, without its fragment; None for any other."""
    reference = without_feed_scheme(reference.strip())
    return absolute(reference.partition("#")[0], base) if reference else None


def _parse(body: bytes) -> Any:
    from lxml import etree, html

    try:
        return html.document_fromstring(body[:MAX_PAGE_BYTES], parser=html.HTMLParser(no_network=True, huge_tree=False))
    except (etree.LxmlError, ValueError):
        return None
