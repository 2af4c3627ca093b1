"""Which elements of an entry make up an article, and values of loose types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator import Article, Outlet
from aggregator.feeds.parse import parse
from aggregator.ingest.items import Defaults, article_from

URL = "https://ledger.example/feeds/feed.xml"
DEFAULTS = Defaults(Outlet("Ledger"), (), None, URL, datetime(2030, 1, 1, tzinfo=UTC))
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:cart="https://shop.example/cart"'
)


def rss(*items: str, head: str = "") -> list[Article]:
    body = "".join(f"<item>{item}</item>" for item in items)
    document = f'<rss version="2.0" {SPACES}><channel><title>Ledger</title>{head}{body}</channel></rss>'
    return [article_from(item, DEFAULTS) for item in parse(document.encode(), URL).items]


def json_feed(**item: Any) -> Article:
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [item]})
    [article] = [article_from(item, DEFAULTS) for item in parse(body.encode(), URL).items]
    return article


ODD = "<title>Two <b>x</b></title><link>https://ledger.example/z</link>"
BROKEN = "<title>Two <b>x</title><link>https://ledger.example/z</link><p>"


@pytest.mark.parametrize("neighbour", ["", ODD, BROKEN])
@pytest.mark.parametrize(
    ("item", "field", "expected"),
    [
        ("<author>mia@studio.photography (Mia Roy)</author><itunes:author>x</itunes:author>", "authors", ("Mia Roy",)),
        ("<author>mia@studio.photography</author>", "authors", ("mia@studio.photography",)),
        ("<author>Mia Roy &lt;mia@x.example&gt;</author>", "authors", ("Mia Roy",)),
        ("<author>Mia</author><dc:creator>A</dc:creator><dc:creator>B</dc:creator>", "authors", ("A", "B")),
        ("<link></link><guid>https://ledger.example/s/3</guid>", "url", "https://ledger.example/s/3"),
        ("<guid isPermaLink='true'>https://ledger.example/s/3</guid>", "url", "https://ledger.example/s/3"),
        ("<guid isPermaLink='false'>https://ledger.example/s/3</guid>", "url", None),
        ("<guid>note-7</guid>", "url", None),
        ("<guid> note-7 </guid>", "id", "note-7"),
        ("<itunes:title>Short</itunes:title>", "title", "Before"),
        ("<category>a &amp;amp; b</category><category>c</category>", "tags", ("a & b", "c")),
        ("<cart:item><title>In a cart</title></cart:item>", "title", "Before"),
        ("<pubDate>soon</pubDate><dc:date>2026-11-20T10:00:00Z</dc:date>", "published", "2026-11-20"),
        ("<dc:language>de</dc:language>", "language", "de"),
    ],
)
def test_an_entry_does_not_depend_on_its_neighbour(item: str, field: str, expected: object, neighbour: str) -> None:
    article = rss("<title>Before</title>" + item, *[neighbour] * bool(neighbour))[0]
    value = getattr(article, field)
    assert (f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value) == expected


def test_undeclared_prefixes_count_as_declared() -> None:
    document = (
        "<rss:rss><rss:channel><rss:item><rss:title>One</rss:title><dc:creator>Ann</dc:creator>"
        "<content:encoded>&lt;p&gt;Text</content:encoded></rss:item></rss:channel></rss:rss>"
    )
    [item] = parse(document.encode(), URL).items
    assert (item.title, item.authors, item.content) == ("One", ["Ann"], "<p>Text")


def test_attributes_without_quotes_are_read() -> None:
    entry = "<item><title>One</title><enclosure url=/a.mp3 type=audio/mpeg /></item>"
    document = f"<rss version=2.0><channel>{entry}</channel></rss>"
    [item] = parse(document.encode(), URL).items
    assert item.enclosures == [{"url": "/a.mp3", "type": "audio/mpeg", "length": None}]


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"tags": "kelp"}, "tags", ("kelp",)),
        ({"tags": "kelp, tides"}, "tags", ("kelp", "tides")),
        ({"tags": ["kelp", 7, None, {"x": 1}]}, "tags", ("kelp", "7")),
        ({"authors": {"name": "Ann"}}, "authors", ("Ann",)),
        ({"authors": "Ann"}, "authors", ("Ann",)),
        ({"authors": ["Ann", {"name": "Bo"}, 5]}, "authors", ("Ann", "Bo")),
        ({"author": "Ann"}, "authors", ("Ann",)),
        ({"author": {"name": "Ann"}}, "authors", ("Ann",)),
        ({"author": [{"name": "Ann"}]}, "authors", ("Ann",)),
        ({"date_published": 1_795_000_000}, "published", datetime.fromtimestamp(1_795_000_000, UTC)),
        ({"id": 7.5}, "id", "7.5"),
        ({"title": ["x"], "content_text": "Text"}, "title", ""),
    ],
)
def test_json_feeds_with_values_of_other_types(fields: dict[str, Any], field: str, expected: object) -> None:
    article = json_feed(**{"id": "1", "title": "One", "content_text": "Text", **fields})
    assert getattr(article, field) == expected


def test_an_attachment_may_stand_alone() -> None:
    article = json_feed(id="1", title="One", attachments={"url": "/a.mp3", "mime_type": "audio/mpeg"})
    assert [enclosure.url for enclosure in article.enclosures] == ["https://ledger.example/a.mp3"]


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ("<link>/blog/</link>", "https://ledger.example/blog/"),
        ("<link>https://ledger.example/</link>", "https://ledger.example/"),
        ('<atom:link rel="self" href="/feed.xml"/>', None),
        ('<atom:link rel="alternate" href="/home"/>', "https://ledger.example/home"),
    ],
)
def test_a_home_page_is_an_absolute_url(home: str, expected: str | None) -> None:
    document = f'<rss version="2.0" {SPACES}><channel><title>Ledger</title>{home}</channel></rss>'
    assert parse(document.encode(), URL).channel.url == expected


def test_the_id_of_an_atom_feed_is_not_its_home_page() -> None:
    document = '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:uuid:1</id><title>x</title></feed>'
    assert parse(document.encode(), URL).channel.url is None


GRAVATAR = '<media:content url="https://1.gravatar.com/avatar/9f?s=96&amp;d=identicon" medium="image"/>'


@pytest.mark.parametrize(
    ("item", "image", "enclosures"),
    [
        (
            '<media:thumbnail url="/s.jpg" width="90" height="60"/>'
            '<media:thumbnail url="/l.jpg" width="900" height="600"/>'
            '<media:thumbnail url="/m.jpg" width="300" height="200"/>',
            "l.jpg",
            [],
        ),
        (
            '<media:group><media:content url="/v.mp4" type="video/mp4"/><media:thumbnail url="/t.jpg"/></media:group>',
            "t.jpg",
            ["v.mp4"],
        ),
        (
            '<media:content url="/l.jpg" medium="image" width="900" height="600">'
            '<media:thumbnail url="/s.jpg" width="90" height="60"/></media:content>',
            "l.jpg",
            ["l.jpg"],
        ),
        (f'{GRAVATAR}<media:thumbnail url="/t.jpg"/>', "t.jpg", []),
        (f"{GRAVATAR}<description>Text</description>", None, []),
        ('<enclosure url="https://pixel.wp.com/b.gif?blog=1" type="image/gif"/>', None, []),
        ('<media:thumbnail url="https://avatars.githubusercontent.com/u/7" width="30" height="30"/>', None, []),
        ('<enclosure url="/a.mp3" type="audio/mpeg"/><itunes:image href="/cover.jpg"/>', "cover.jpg", ["a.mp3"]),
    ],
)
def test_the_picture_of_an_entry(item: str, image: str | None, enclosures: list[str]) -> None:
    [article] = rss(f"<title>One</title>{item}")
    assert (article.image and article.image.rpartition("/")[2]) == image
    assert [enclosure.url.rpartition("/")[2] for enclosure in article.enclosures] == enclosures


@pytest.mark.parametrize("number", [3, 4])
def test_a_feed_has_at_most_so_many_entries(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr("aggregator.feeds.parse.MAX_ENTRIES", 3)
    entries = "".join(f"<item><title>{n}</title></item>" for n in range(number))
    json_entries = [{"id": str(n), "title": str(n)} for n in range(number)]
    for body in (
        f"<rss><channel>{entries}</channel></rss>",
        f"<rss><channel>{entries}<b></i></channel></rss>",
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": json_entries}),
    ):
        parsed = parse(body.encode(), URL)
        assert [item.title for item in parsed.items] == ["0", "1", "2"]
        assert parsed.flaw == (None if number == 3 else "has more than 3 entries; the others are ignored")
