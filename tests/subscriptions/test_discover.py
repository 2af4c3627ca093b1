"""Discovery of the feeds of a site."""

from __future__ import annotations

import asyncio

import pytest
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.errors import FetchError
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.http.source_http import SourceHttp
from aggregator.subscriptions.discover import FoundFeed, find_feeds, looks_like_feed, stated_feeds, well_known_urls

FEED = rss([item(1)])
SITE = "https://site.example/blog/post"


def find(publisher: Publisher, url: str) -> list[tuple[str, str]]:
    async def body() -> list[FoundFeed]:
        async with Client(HttpSettings(allow_private=("127.0.0.0/8",)), "1") as client:
            return await find_feeds(SourceHttp(client, url), url)

    return [(feed.url.replace(publisher.url(""), ""), feed.kind) for feed in asyncio.run(body())]


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head><title>Site</title>{head}</head><body>{body}</body></html>".encode()


def test_url_of_a_feed(publisher: Publisher) -> None:
    publisher.serve("/feed.xml", FEED)
    assert find(publisher, publisher.url("/feed.xml")) == [("/feed.xml", "address")]


def test_links_with_rel_alternate(publisher: Publisher) -> None:
    head = (
        '<link rel="stylesheet" href="/x.css"><link rel="alternate" hreflang="de" href="/de">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="alternate" type="application/rss+xml" title="Posts" href="feed.xml">'
        '<LINK REL="feed alternate" TYPE="application/atom+xml; charset=utf-8" HREF="/atom.xml">'
        '<link rel="alternate" type="application/feed+json" href="/feed.json">'
    )
    publisher.serve("/blog/", page(head), content_type="text/html")
    found = find(publisher, publisher.url("/blog/"))
    assert [url for url, _ in found] == ["/blog/feed.xml", "/atom.xml", "/feed.json", "/comments/feed"]
    assert len(publisher.requests) == 1


def test_base_url_of_the_page() -> None:
    head = '<base href="https://cdn.example/x/"><link rel="alternate" type="application/rss+xml" href="feed">'
    assert [feed.url for feed in stated_feeds(page(head), SITE)] == ["https://cdn.example/x/feed"]


def test_links_that_look_like_feeds(publisher: Publisher) -> None:
    body = '<a href="/news">News</a><a href="/rss.php">RSS</a><a href="https://other.example/feed">x</a>'
    publisher.serve("/", page(body=body), content_type="text/html")
    publisher.serve("/rss.php", FEED)
    assert find(publisher, publisher.url("/")) == [("/rss.php", "linked")]


def test_well_known_paths_until_one_works(publisher: Publisher) -> None:
    publisher.serve("/blog/", page(), content_type="text/html")
    publisher.serve("/blog/rss", page(), content_type="text/html")
    publisher.serve("/atom.xml", FEED)
    publisher.serve("/index.xml", FEED)
    assert find(publisher, publisher.url("/blog/")) == [("/atom.xml", "well-known")]
    assert "/index.xml" not in [request.path for request in publisher.requests]


def test_site_without_feeds(publisher: Publisher) -> None:
    publisher.serve("/", page(), content_type="text/html")
    assert find(publisher, publisher.url("/")) == []


def test_http_is_tried_if_https_fails(publisher: Publisher) -> None:
    publisher.serve("/feed.xml", FEED)
    [(url, _)] = find(publisher, publisher.url("/feed.xml").replace("http://", "https://"))
    assert url == "/feed.xml"


def test_failing_request_is_raised(publisher: Publisher) -> None:
    with pytest.raises(FetchError, match="404"):
        find(publisher, publisher.url("/none"))


def test_well_known_paths_are_below_the_page_and_at_the_root() -> None:
    paths = list(well_known_urls("https://site.example/blog/?x=1"))
    assert paths[0] == "https://site.example/blog/feed"
    assert "https://site.example/feed.xml" in paths
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize(
    ("body", "is_feed"),
    [
        (FEED, True),
        (b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">', True),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', True),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', True),
        (page(), False),
        (b"<html><body><rss></rss>", False),
        (b'{"a": 1}', False),
        (b"", False),
    ],
)
def test_looks_like_feed(body: bytes, is_feed: bool) -> None:
    assert looks_like_feed(body) is is_feed
