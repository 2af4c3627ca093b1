"""The rules of the feed formats: each broken rule is found, and valid documents pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from feed_rules import check_atom, check_json_feed, check_opml, check_rss

RSS = """<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
  xmlns:fh="http://purl.org/syndication/history/1.0" xmlns:own="urn:own:x">
<channel><title>Daily</title><link>https://daily.example/</link><description>News</description><language>en-gb</language>
<atom:link rel="self" href="https://daily.example/feed.xml" type="application/rss+xml"/><ttl>60</ttl>
<image><url>https://daily.example/logo.png</url><title>Daily</title><link>https://daily.example/</link></image>
<lastBuildDate>Tue, 24 Nov 2026 12:30:00 +0000</lastBuildDate>
<item><title>AT&amp;T &lt; 5 euros</title><link>https://a.example/1?b=c&amp;d#e</link><description>&lt;p&gt;x&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;&lt;a href="https://a.example/"&gt;x&lt;/a&gt;&lt;/p&gt;</content:encoded>
<guid isPermaLink="false">urn:x-y:1</guid><pubDate>Tue, 24 Nov 2026 12:30:00 GMT</pubDate>
<source url="https://a.example/feed">A</source><dc:creator>Ada</dc:creator><dc:language>de</dc:language>
<enclosure url="https://a.example/a.mp3" length="0" type="audio/mpeg"/><category>world</category>
<media:content url="https://a.example/a.jpg" medium="image" type="image/jpeg" width="800"/>
<media:thumbnail url="https://a.example/a.jpg" height="9"/></item>
<item><description>No title</description><guid>https://a.example/2</guid>
<pubDate>Tue, 4 Nov 2025 12:30:00 +0100</pubDate></item></channel></rss>"""
BROKEN_RSS = [
    ("structure: item 1", "<description>No title</description>", ""),
    ("empty: channel description", ">News<", "> <"),
    ("repeated: channel", "<ttl>60</ttl>", "<ttl>60</ttl><ttl>60</ttl>"),
    ("number: channel ttl", ">60<", ">1h<"),
    ("recommended: channel: one link to itself", 'rel="self"', 'rel="alternate"'),
    ("recommended: image title", "<title>Daily</title><link>https://daily.example/</link></image>", "</image>"),
    ("language: channel language", "en-gb", "english"),
    ("language: item 0 dc:language", ">de<", ">de_DE<"),
    ("date: channel lastBuildDate", "Tue, 24 Nov 2026 12:30:00 +0000", "Wed, 24 Nov 2026 12:30:00 +0000"),
    ("date: item 0 pubDate", "2026 12:30:00 GMT", "26 12:30:00 GMT"),
    ("date: item 0 pubDate", "Tue, 24 Nov 2026 12:30:00 GMT", "2026-11-24T12:30:00Z"),
    ("title-markup: item 0 title", "5 euros", "5 &lt;b&gt;euros&lt;/b&gt;"),
    ("title-markup: item 0 title", "5 euros", "5 &amp;euro;"),
    ("url: item 0 link", "https://a.example/1?", "/1?"),
    ("url: item 0 link", "https://a.example/1?", "https://a.example/a b?"),
    ("url: item 0 link", "https://a.example/1?", "https://a.example/[1]?"),
    ("url: item 0 source", 'url="https://a.example/feed"', ""),
    ("order: item 0", "<description>&lt;p&gt;x&lt;/p&gt;</description>", ""),
    ("html: item 0 content:encoded: element script", "&lt;/a&gt;", "&lt;/a&gt;&lt;script&gt;&lt;/script&gt;"),
    ("html: item 0 content:encoded: href '/x'", '"https://a.example/"', '"/x"'),
    ("html: item 0 content:encoded: href 'javascript:", '"https://a.example/"', '"javascript:x()"'),
    ("html: item 0 content:encoded: attribute onclick", '"https://a.example/"', '"https://a.example/" onclick="x()"'),
    ("html-url: item 0 content:encoded: href", '"https://a.example/"', '"https://a.example/a b"'),
    ("html: item 0 description: element iframe", "&lt;p&gt;x", "&lt;p&gt;&lt;iframe&gt;x"),
    (
        "html: item 0 description: srcset 'b.png'",
        "&lt;p&gt;x",
        "&lt;img srcset='https://a.example/a.png 1x, b.png 2x'&gt;",
    ),
    ("guid: item 0", '"false"', '"no"'),
    ("url: item 0 guid that is", ' isPermaLink="false">urn:x-y:1', ">one"),
    ("repeated: guid", "https://a.example/2</guid>", "urn:x-y:1</guid>"),
    ("repeated: item 0: author", "<dc:creator>", "<author>ada@a.example (Ada)</author><dc:creator>"),
    ("email: item 0 author", "<dc:creator>Ada</dc:creator>", "<author>Ada</author>"),
    ("empty: item 0 dc:creator", "Ada", ""),
    ("empty: item 0 category", ">world<", "><"),
    ("number: item 0 enclosure length", ' length="0"', ""),
    ("media-type: item 0 enclosure", '"audio/mpeg"', '"audio"'),
    ("media: item 0: medium 'picture'", 'medium="image"', 'medium="picture"'),
    ("number: item 0 media:content width", 'width="800"', 'width="800px"'),
    ("url: item 0 media:thumbnail", 'thumbnail url="https://a.example/a.jpg"', "thumbnail"),
    ("unknown: item 0: element content", "<category>world</category>", "<content>x</content>"),
    ("unknown: channel: element {urn:own:x}y", "<ttl>60</ttl>", "<own:y/>"),
    ("paging: next leads to", "<ttl>60</ttl>", '<atom:link rel="next" href="https://daily.example/feed.xml"/>'),
    ("paging: several links next", "<ttl>60</ttl>", '<atom:link rel="next" href="https://x.example/"/>' * 2),
    ("paging: a complete feed", "<ttl>60</ttl>", '<fh:complete/><atom:link rel="next" href="https://x.example/"/>'),
    ("paging: an archive document without", "<ttl>60</ttl>", "<fh:archive/>"),
]
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en">
<id>https://daily.example/</id><title>Daily</title><updated>2026-11-24T12:30:00Z</updated><author><name>Daily</name></author>
<link rel="self" href="https://daily.example/atom.xml"/><link href="https://daily.example/"/>
<entry><id>urn:x-y:1</id><title type="html">One &amp;amp; two</title><updated>2026-11-24T12:30:00.5+01:00</updated>
<published>2026-11-24T11:30:00Z</published><link href="https://a.example/1"/><summary>Text &lt;b&gt;</summary>
<content type="html">&lt;p&gt;Text&lt;/p&gt;</content><category term="world"/><source><title>A</title></source>
<media:thumbnail url="https://a.example/a.jpg"/></entry>
<entry><id>urn:x-y:2</id><title>Two</title><updated>2026-11-24T12:30:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text</p></div></content></entry>
</feed>"""
BROKEN_ATOM = [
    ("grammar: line", "<id>urn:x-y:2</id>", ""),
    ("grammar: line", "<summary>", "<description>x</description><summary>"),
    ("grammar: line", "2026-11-24T11:30:00Z", "2026-11-31T11:30:00Z"),
    ("grammar: line", ' term="world"', ' label="world"'),
    ("repeated: entry 0", "<summary>", "<summary>x</summary><summary>"),
    ("repeated: entry id", "urn:x-y:2", "urn:x-y:1"),
    ("repeated: entry 0: alternate links", "<summary>", '<link href="https://a.example/2"/><summary>'),
    ("structure: entry 1: no author", "<author><name>Daily</name></author>", ""),
    ("structure: entry 1 content: not one div", "<div xmlns", '<div xmlns="http://www.w3.org/1999/xhtml"/><div xmlns'),
    (
        "structure: entry 0: content elsewhere",
        "<summary>Text &lt;b&gt;</summary>\n<content",
        '<content src="https://a.example/"',
    ),
    ("empty: entry 0: name of a person", "<summary>", "<author><name> </name></author><summary>"),
    ("empty: entry 0 content", "&lt;p&gt;Text&lt;/p&gt;", ""),
    ("url: entry 1 id", "urn:x-y:2", "2"),
    ("url: feed link self", "https://daily.example/atom.xml", "atom.xml"),
    ("date: entry 0: published", "2026-11-24T11:30:00Z", "2026-11-24T11:31:00Z"),
    ("title-markup: entry 1 title", ">Two<", ">&lt;i&gt;Two&lt;/i&gt;<"),
    ("html: entry 0 content: element style", "&lt;p&gt;Text", "&lt;style&gt;x&lt;/style&gt;"),
    ("html: entry 1 content: attribute style", "<p>Text", '<p style="x">Text'),
    ("recommended: feed: no link to itself", 'rel="self"', 'rel="related"'),
    ("paging: next-archive", "<link rel", '<link rel="next-archive" href="https://daily.example/2"/><link rel'),
]
FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Daily",
    "feed_url": "https://daily.example/feed.json",
    "authors": [{"name": "Daily"}],
    "items": [
        {
            "id": "1",
            "url": "https://a.example/1",
            "title": "One",
            "content_html": "<p>Text</p>",
            "date_published": "2026-11-24T11:30:00Z",
            "date_modified": "2026-11-24T11:30:00Z",
            "tags": ["world"],
            "language": "en",
            "attachments": [{"url": "https://a.example/a.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 9}],
            "_daily": {"also": []},
        }
    ],
}
BROKEN_JSON = [
    ("schema: $.version", "version/1.1", "version/1"),
    ("schema: $: 'writers'", '"authors"', '"writers"'),
    ("schema: $.authors[0]", '{"name": "Daily"}', "{}"),
    ("schema: $.items[0].id", '"1"', "1"),
    ("schema: $.items[0]: ", "content_html", "_content"),
    ("schema: $.items[0].date_published", "2026-11-24T11:30:00Z", "2026-11-24"),
    ("schema: $.items[0].attachments[0]: 'mime_type' is", '"mime_type": "audio/mpeg"', '"title": "x"'),
    ("schema: $.items[0]['_daily']", '{"also": []}', "[]"),
    ("schema: item 0: the name of an extension", "_daily", "_1.5"),
    ("url: item 0 url", "https://a.example/1", "https://a.example/a[1]"),
    ("date: item 0: published after", '"date_published": "2026-11-24T11', '"date_published": "2026-11-24T12'),
    ("title-markup: item 0 title", "One", "<b>One</b>"),
    ("html: item 0 content_html: element form", "<p>Text", "<form>Text"),
    ("language: item 0", '"en"', '"english"'),
    ("paging: next_url", '"authors"', '"next_url": "https://daily.example/feed.json", "authors"'),
    ("a name occurs twice", '"title": "Daily"', '"title": "Daily", "title": "Daily"'),
    ("NaN is not JSON", '"duration_in_seconds": 9', '"duration_in_seconds": NaN'),
]
OPML = """<opml version="2.0"><head><title>Daily</title><dateCreated>Tue, 24 Nov 2026 12:30:00 GMT</dateCreated></head>
<body><outline text="world"><outline text="A" type="rss" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/></outline>
<outline text="B" type="rss" xmlUrl="https://b.example/feed" category="/world,/news" language="en"/></body></opml>"""
BROKEN_OPML = [
    ("empty: outline '': text", 'text="A"', ""),
    ("structure: outline 'A': type rss without", 'xmlUrl="https://a.example/feed" ', ""),
    ("structure: outline 'A': xmlUrl without", 'type="rss" xmlUrl="https://a', 'xmlUrl="https://a'),
    ("url: outline 'B': xmlUrl", "https://b.example/feed", "feed://b.example/"),
    ("unknown: outline 'B': attribute folder", "category", "folder"),
    ("empty: outline 'B': category", "/world,/news", "/world,,/news"),
    ("date: head dateCreated", "Tue, 24", "Mon, 24"),
    ("repeated: head", "<title>Daily</title>", "<title>Daily</title><title>Daily</title>"),
    ("unknown: head: element 'docs2'", "<title>", "<docs2/><title>"),
    ("('opml', '1.0'", '"2.0"', '"1.0"'),
]
FORMATS: list[tuple[Callable[[bytes], Any], str, list[tuple[str, str, str]]]] = [
    (check_rss, RSS, BROKEN_RSS),
    (check_atom, ATOM, BROKEN_ATOM),
    (check_json_feed, json.dumps(FEED), BROKEN_JSON),
    (check_opml, OPML, BROKEN_OPML),
]


@pytest.mark.parametrize(("check", "document", "broken"), FORMATS, ids=["rss", "atom", "json", "opml"])
def test_rules(check: Callable[[bytes], Any], document: str, broken: list[tuple[str, str, str]]) -> None:
    check(document.encode())
    for finding, old, new in broken:
        assert old in document, finding
        with pytest.raises(AssertionError) as caught:
            check(document.replace(old, new, 1).encode())
        lines = str(caught.value).splitlines()
        assert any(line.startswith(finding) for line in lines), (finding, lines)


def test_rules_can_be_ignored() -> None:
    broken = RSS.replace("5 euros", "5 &lt;b&gt;").replace(">60<", ">x<")
    check_rss(broken.encode(), ignored={"title-markup", "number"})
    with pytest.raises(AssertionError, match="number: channel ttl"):
        check_rss(broken.encode(), ignored={"title-markup"})
