"""Feed addresses derived from the addresses of pages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.feeds import site_feeds
from aggregator.feeds.site_feeds import Rule, feed_address, site_rules


@pytest.mark.parametrize("rule", site_rules(), ids=lambda rule: rule.what)
def test_each_rule_maps_its_page_to_its_feed_and_not_the_feed(rule: Rule) -> None:
    page, feed = rule.example
    assert feed_address(page) == feed
    assert feed_address(feed) is None


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("http://youtube.com/watch?v=x1&list=PLbpi6ZahtOH6Ar_3GPy3workqKH3iX4Cu", "playlist_id=PLbpi6ZahtOH6Ar"),
        ("https://www.reddit.com/r/python", "https://www.reddit.com/r/python/.rss"),
        ("https://www.reddit.com/r/python+rust/new/", "https://www.reddit.com/r/python+rust/new/.rss"),
        ("https://reddit.com/u/spez", "https://www.reddit.com/user/spez/.rss"),
        ("https://github.com/a/b.c/tags", "https://github.com/a/b.c/tags.atom"),
        ("https://github.com/a/b/commits/fix/one.two", "https://github.com/a/b/commits/fix/one.two.atom"),
        ("https://gitlab.com/a/b/c/-/commits/main?ref_type=heads", "https://gitlab.com/a/b/c/-/commits/main?format"),
        ("https://bsky.app/profile/did:plc:z72i7", "https://bsky.app/profile/did:plc:z72i7/rss"),
        ("https://arxiv.org/archive/astro-ph", "https://rss.arxiv.org/rss/astro-ph"),
        ("https://arxiv.org/list/cond-mat.str-el/new", "https://rss.arxiv.org/rss/cond-mat.str-el"),
        ("https://example.tumblr.com/tagged/cats", "https://example.tumblr.com/tagged/cats/rss"),
        ("https://example.wordpress.com", "https://example.wordpress.com/feed/"),
        ("https://lobste.rs/newest/pushcx", "https://lobste.rs/newest/pushcx.rss"),
    ],
)
def test_variants_of_page_addresses(page: str, feed: str) -> None:
    assert (feed_address(page) or "").startswith(feed) or feed in (feed_address(page) or "")


@pytest.mark.parametrize(
    "url",
    [
        "https://world.example/feed.xml",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=x&list=RDdQw4w9WgXcQ",  # a mix, generated for each viewer
        "https://www.youtube.com/@example",
        "https://notyoutube.com/channel/UCBR8-60-B28hp2BmDPdntcQ",
        "https://www.reddit.com/r/python/.rss",
        "https://www.reddit.com/r/python/new/.rss?limit=5",
        "https://github.com/python/cpython",
        "https://github.com/python/cpython/releases/tag/v3.14",
        "https://github.com/a/b/commits.atom",
        "https://arxiv.org/abs/2401.00001",
        "https://dev.to/t",
        "https://dev.to/feed",
        "https://medium.com/",
        "https://substack.com/",
        "https://example.substack.com/p/a-letter",
        "https://example.wordpress.com/2026/11/a-post/",
        "https://example.wordpress.com/category/news/feed/",
        "ftp://github.com/a/b/releases",
        "file:///r/python",
        "https://[broken/",
    ],
)
def test_other_addresses_match_no_rule(url: str) -> None:
    assert feed_address(url) is None


HOSTS = sorted({host.replace("*", "x") for rule in site_rules() for host in rule.hosts})


@given(st.sampled_from(HOSTS), st.text(max_size=80))
def test_a_feed_address_is_https_and_matches_no_rule(host: str, rest: str) -> None:
    feed = feed_address(f"https://{host}/{rest}")
    assert feed is None or (feed.startswith("https://") and feed_address(feed) is None)


@pytest.mark.parametrize("part", ["/", "a/", "&list=", "title=&", "action=history&", "/tagged/", ".", "-", "%2"])
def test_long_addresses_take_bounded_time(part: str) -> None:
    for host in HOSTS:
        for start in ("", "a/b/commits/", "w/index.php?", "watch?", "category/"):
            feed_address(f"https://{host}/{start}{part * (3900 // len(part))}!")


@pytest.fixture
def site(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A site with a rule."""
    feed = publisher.url("/feeds/{name}.xml")
    rule = Rule("a channel", ("127.0.0.1",), r"/channel/(?P<name>\w+)", feed, ("", ""))
    monkeypatch.setattr(site_feeds, "_by_host", lambda: {"127.0.0.1": [rule]})
    publisher.serve("/feeds/news.xml", rss([item(1, title="Report")], title="The Channel"), headers={"ETag": '"1"'})
    yield publisher


def test_add_writes_the_address_of_the_feed(project: Project, site: Publisher) -> None:
    project.configure("")
    result = project.aggregate("add", site.url("/channel/news"))
    assert (result.status, result.err) == (0, "")
    [source] = tomllib.loads(project.read("config.toml"))["sources"]
    assert source == {"url": site.url("/feeds/news.xml"), "name": "The Channel"}
    assert "is already configured" in project.aggregate("add", site.url("/channel/news")).err
    assert {request.path for request in site.requests} == {"/feeds/news.xml"}


def test_preview_of_the_page_shows_the_feed(project: Project, site: Publisher) -> None:
    project.configure("")
    assert "Report" in project.aggregate("preview", site.url("/channel/news")).out


def test_a_page_can_be_configured_as_a_source(project: Project, site: Publisher) -> None:
    project.configure(f'[[sources]]\nurl = "{site.url("/channel/news")}"\n')
    assert project.run()["articles"]["new"] == 1
    assert "is already configured" in project.aggregate("add", site.url("/feeds/news.xml")).err


def test_page_is_read_if_the_derived_address_is_dead(project: Project, site: Publisher) -> None:
    page = b'<!doctype html><title>Old</title><link rel="alternate" type="application/rss+xml" href="/feeds/news.xml">'
    site.serve("/channel/old", page, content_type="text/html")
    project.configure("")
    result = project.aggregate("add", site.url("/channel/old"))
    assert result.out.startswith(f"added The Channel: {site.url('/feeds/news.xml')}\n")
    assert f"not used: {site.url('/feeds/old.xml')}: HTTP 404" in result.out
    line = project.aggregate("add", site.url("/channel/none")).err
    assert f"{site.url('/feeds/none.xml')}: HTTP 404" in line
    assert f"{site.url('/channel/none')}: HTTP 404" in line
