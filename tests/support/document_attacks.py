"""Documents that repeat a piece of markup many times, and functions that read what a publisher sends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from aggregator_plugins.sources.mailbox.mail import item_of
from aggregator_plugins.sources.sitemap.parse import parse_sitemap
from aggregator_plugins.sources.sitemap.select import sitemaps_in_robots
from protego import Protego

from aggregator.errors import SourceError
from aggregator.feeds import read_feed
from aggregator.feeds.opml import read_opml
from aggregator.http.headers import freshness, retry_after
from aggregator.pages import channel_of, kind_of, read_article, read_listing
from aggregator.subscriptions.discover import linked_feeds, looks_like_feed, stated_feeds
from aggregator.text.charsets import decode_html, header_label, xml_to_utf8
from aggregator.text.dates import parse_date
from aggregator.text.pictures import first_picture
from aggregator.text.plain import excerpt, plain, printable
from aggregator.text.safe_html import safe_html
from aggregator.text.urls import absolute, canonical

URL = "https://news.example/a/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)

PIECES = [
    *("<!-- -->", "<!--", "<script", "<script>", "<style>x", "<![CDATA[", "<?xml ", "<!DOCTYPE x [", "<", "</", "<a "),
    *("<a href='", "<a href='/a-b-c'>A headline of four words</a>", "<p>A sentence. ", "<div>", "<b>", "<li>", "<td>"),
    *("<item>", "<item><title>x</title></item>", "<entry><id>1</id></entry>", "<title>", "<description>&lt;p&gt;"),
    *("<link rel='alternate' type='application/rss+xml' href='/f'>", "<meta property='og:title' content='x'>"),
    *('<script type="application/ld+json">{"@type":', '{"a":', "[", '"', "&amp;", "&#1;", "&x;", "&", " ", "\n", "\t"),
    *("<outline text='a'>", "<outline xmlUrl='https://a.example/'/>", "<url><loc>https://a.example/</loc></url>"),
    *(
        "a",
        "0",
        "-",
        "/",
        "../",
        "/./",
        "%",
        "%41",
        "?a=b&",
        "@",
        ":",
        ".",
        ",",
        "é",
        "日",
        "\u200c ",
        "word ",
        "by Jane, ",
    ),
    *(
        "Subject: x\n",
        "=?utf-8?q?a?= ",
        "<a@b> ",
        "Sitemap: /a\n",
        "Disallow: /a*\n",
        "User-agent: *\n",
        "Jan 1 ",
        "((",
    ),
    *(
        "<ttl>",
        "<skipHours>",
        "<feed xml:lang",
        "<link rel=hub ",
        "<img src='c'c ",
        "<img src=a width=60 srcset='a 1w,",
        "<img src=a width=60>",
        "<br>",
        "A.B",
        "aa.Bb ",
        "- | ",
    ),
]
HTML = ("<!doctype html><html><head><title>x</title></head><body><h1>x</h1><p>", "</p></body></html>")
FEED = ("<rss version='2.0'><channel><title>x</title><item><title>y</title><description>", "</description></item>")

Reader = Callable[[str], object]


def _bytes(function: Callable[[bytes], object]) -> Reader:
    return lambda text: function(text.encode())


DOCUMENTS: dict[str, Reader] = {
    "feed": _bytes(lambda body: list(read_feed(body, URL))),
    "article": _bytes(lambda body: read_article(body, URL)),
    "listing": _bytes(lambda body: read_listing(body, URL)),
    "kind": _bytes(lambda body: kind_of(body, URL)),
    "site": _bytes(lambda body: channel_of(body, URL)),
    "links": _bytes(lambda body: [*stated_feeds(body, URL), *linked_feeds(body, URL), looks_like_feed(body)]),
    "opml": _bytes(read_opml),
    "sitemap": _bytes(lambda body: parse_sitemap(body, URL, None, NOW - timedelta(days=9))),
    "mail": lambda text: item_of(b"From: a@b.example\nContent-Type: text/html\n\n" + text.encode()),
    "charset": _bytes(lambda body: (decode_html(body), xml_to_utf8(body, ""))),
    "plain": lambda text: (plain(text), excerpt(text), printable(text)),
    "html": lambda text: safe_html(text, URL),
    "picture": lambda text: first_picture(text, URL),
}
VALUES: dict[str, Reader] = {
    "mail header": lambda text: item_of(f"From: {text}\nSubject: {text}\nDate: {text}\n\nx".encode()),
    "address": lambda text: [canonical(f"https://{text}"), canonical(f"{URL}{text}"), absolute(text, URL)],
    "query": lambda text: [canonical(f"{URL}?{text}"), canonical(f"https://{text}@a.example/{text}")],
    "date": parse_date,
    "header": lambda text: (header_label(text), _cache_headers(text)),
    "robots": lambda text: (
        [*sitemaps_in_robots(text, URL)],
        Protego.parse(f"User-agent: *\n{text}").can_fetch(URL, "aggregate"),
    ),
}


def _cache_headers(text: str) -> object:
    values = {name: text for name in ("Retry-After", "Cache-Control", "Expires", "Date")}
    return retry_after(values, NOW), freshness(values, NOW)


def cases() -> Iterator[tuple[str, Reader, str, str, str]]:
    """Yield a name, a function, and the start, the repeated piece and the end of a document for it."""
    for name, reader in DOCUMENTS.items():
        for piece in PIECES:
            yield f"{name}, {piece!r}", reader, "", piece, ""
            yield f"{name}, in a page, {piece!r}", reader, HTML[0], piece, HTML[1]
    for piece in PIECES:
        yield f"feed, in an item, {piece!r}", DOCUMENTS["feed"], FEED[0], piece, FEED[1]
    for name, reader in VALUES.items():
        for piece in PIECES:
            yield f"{name}, {piece!r}", reader, "", piece, ""


def main(part: int, parts: int, length: int) -> None:
    """Read every document of a part, and print its name before it."""
    for name, reader, start, piece, end in list(cases())[part::parts]:
        print(name, flush=True)
        with contextlib.suppress(SourceError, ValueError):  # it is not a document of this kind
            reader(start + piece * (length // len(piece)) + end)
    print("all read")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
