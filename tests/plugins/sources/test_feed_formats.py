"""Feeds of all formats, valid and malformed, are parsed into the same items."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publisher import Publisher

from aggregator import Article, Outlet, SourceError
from aggregator.feeds.parse import parse
from aggregator.ingest.items import Defaults, article_from

URL = "https://world.example/feeds/world.xml"
DEFAULTS = Defaults(Outlet("World"), (), None, URL, datetime(2030, 1, 1, tzinfo=UTC))
DATE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def articles(body: bytes | str, content_type: str = "") -> list[Article]:
    items = parse(body.encode() if isinstance(body, str) else body, URL, content_type).items
    return [article_from(item, DEFAULTS) for item in items]


def rss(item: str, version: str = "2.0", head: str = "", spaces: str = "") -> str:
    return (
        f'<?xml version="1.0"?><rss version="{version}" {spaces}><channel><title>World</title>'
        f"<link>https://world.example/</link><description>d</description>{head}<item>{item}</item></channel></rss>"
    )


ITEM = (
    "<title>Bridge reopens</title><link>https://world.example/1</link><guid isPermaLink='false'>g1</guid>"
    "<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>It did.</description>"
)
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>World</title>
<id>urn:f</id><updated>2026-11-20T10:00:00Z</updated><entry><id>g1</id><title>Bridge reopens</title>
<link href="https://world.example/1"/><published>2026-11-20T10:00:00Z</published><updated>2026-11-20T10:00:00Z</updated>
<author><name>Ann</name></author><category term="city"/><summary>It did.</summary></entry></feed>"""
ATOM_03 = """<?xml version="1.0"?><feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>World</title><entry>
<id>g1</id><title>Bridge reopens</title><link rel="alternate" type="text/html" href="https://world.example/1"/>
<issued>2026-11-20T10:00:00Z</issued><modified>2026-11-20T10:00:00Z</modified>
<summary>It did.</summary></entry></feed>"""
RSS_10 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://world.example/">
<title>World</title><link>https://world.example/</link><description>d</description></channel>
<item rdf:about="https://world.example/1"><title>Bridge reopens</title><link>https://world.example/1</link>
<description>It did.</description>
<dc:date>2026-11-20T10:00:00Z</dc:date><dc:creator>Ann</dc:creator></item></rdf:RDF>"""
JSON_11 = """{"version": "https://jsonfeed.org/version/1.1", "title": "World", "items": [{"id": "g1",
"url": "https://world.example/1", "title": "Bridge reopens", "content_text": "It did.",
"date_published": "2026-11-20T10:00:00Z", "authors": [{"name": "Ann"}], "tags": ["city"]}]}"""
JSON_10 = JSON_11.replace("1.1", "1.0").replace('"authors": [{"name": "Ann"}]', '"author": {"name": "Ann"}')


@pytest.mark.parametrize(
    "body",
    [
        rss(ITEM),
        rss(ITEM, "0.91"),
        rss(ITEM, "0.92"),
        ATOM,
        ATOM_03,
        RSS_10,
        JSON_11,
        JSON_10,
        f"\n\n  {rss(ITEM)}",
        f"Warning: mysql gone away<br/>\n{rss(ITEM)}",
        "\ufeff" + rss(ITEM),
        rss(ITEM).replace('<?xml version="1.0"?>', ""),
        rss(ITEM.replace("Bridge reopens", "Bridge\x00 \x08reopens")),
        rss(ITEM.replace("<title>Bridge reopens</title>", "<title><![CDATA[Bridge reopens]]></title>")),
        rss(ITEM).replace("</channel></rss>", ""),
        rss(ITEM).replace("</channel></rss>", "<item><title>Half of an it"),
        ATOM.replace("</feed>", "<entry><title>Half"),
        RSS_10.replace("</rdf:RDF>", "<item><title>Half"),
        rss(ITEM + "<extra>&nbsp;&undeclared;</extra>"),
        rss(ITEM.replace("</link>", "</link><unclosed>", 1)),
    ],
)
def test_every_format_and_malformed_feeds_yield_the_article(body: str) -> None:
    [article] = articles(body)
    assert (article.title, article.summary, article.url) == ("Bridge reopens", "It did.", "https://world.example/1")
    assert article.published == DATE
    assert article.id in ("g1", "https://world.example/1")


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", None, ""),
        ("iso-8859-1", "iso-8859-1", ""),
        ("windows-1252", "utf-8", ""),
        ("windows-1252", None, ""),
        ("windows-1252", None, "application/xml; charset=windows-1252"),
        ("utf-8", "iso-8859-1", "application/xml; charset=utf-8"),
        ("utf-16", "utf-16", ""),
        ("utf-16-le", "utf-16", ""),
        ("utf-8-sig", "utf-8", ""),
        ("koi8-r", "koi8-r", ""),
    ],
)
def test_charsets_right_wrong_and_missing(encoding: str, declared: str | None, content_type: str) -> None:
    title = "Мост открыт" if encoding == "koi8-r" else "Brücke für £86 geöffnet"
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = rss(ITEM.replace("Bridge reopens", title)).replace('<?xml version="1.0"?>', head)
    [article] = articles(body.encode(encoding), content_type)
    assert article.title == title


@pytest.mark.parametrize("name", ["punycode", "idna", "hex", "unicode_escape"])
def test_codecs_of_python_that_are_not_charsets_are_ignored(name: str) -> None:
    title = "a" * 500_000 + "-b"  # the punycode codec takes minutes for it
    body = f'<?xml version="1.0" encoding="{name}"?><rss><channel><item><title>{title}</title></item></channel></rss>'
    assert len(articles(body)) == 1


def test_html_entities_without_a_dtd() -> None:
    [article] = articles(
        rss(ITEM.replace("Bridge reopens", "Caf&eacute; &mdash; what&rsquo;s &ldquo;new&rdquo;&nbsp;&amp; old"))
    )
    assert article.title == "Café — what’s “new” & old"


def test_modules_of_rss() -> None:
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    )
    more = (
        "<content:encoded><![CDATA[<p>It <b>did</b>.</p>]]></content:encoded><dc:creator>Ann</dc:creator>"
        '<category>city</category><enclosure url="/a.mp3" type="audio/mpeg" length="123"/>'
        "<itunes:duration>1:02:03</itunes:duration><media:thumbnail url='https://world.example/t.jpg'/>"
        '<source url="https://wire.example/feed">The Wire</source>'
    )
    [article] = articles(rss(ITEM + more, spaces=spaces))
    assert article.content == "<p>It <b>did</b>.</p>"
    assert (article.authors, article.tags) == (("Ann",), ("city",))
    [sound] = [enclosure for enclosure in article.enclosures if enclosure.type == "audio/mpeg"]
    assert (sound.url, sound.length, sound.duration) == ("https://world.example/a.mp3", 123, 3723)
    assert article.image == "https://world.example/t.jpg"
    assert article.source == Outlet("The Wire", "https://wire.example/feed")


def test_relative_addresses_and_xml_base() -> None:
    entry = ATOM.replace("<entry>", '<entry xml:base="https://cdn.example/x/">').replace(
        "https://world.example/1", "news/1"
    )
    assert articles(entry)[0].url == "https://cdn.example/x/news/1"
    assert articles(rss(ITEM.replace("https://world.example/1", "/news/1")))[0].url == "https://world.example/news/1"


def test_a_permalink_guid_is_the_address_of_an_item_without_a_link() -> None:
    item = ITEM.replace("<link>https://world.example/1</link>", "").replace(
        " isPermaLink='false'>g1", ">https://world.example/9"
    )
    assert articles(rss(item))[0].url == "https://world.example/9"


MODULES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        (ATOM.replace("<title>Bridge reopens", f'<title type="xhtml">{DIV}Bridge <b>reopens</b></div>'), "title", None),
        (ATOM.replace("<summary>It did.", f'<summary type="xhtml">{DIV}It <i>did</i>.</div>'), "summary", "It did."),
        (rss(ITEM.replace("Bridge reopens", "Bridge <b>reopens</b>")), "title", None),
        (rss(ITEM.replace("It did.", "It <i>did</i>.")), "summary", "It did."),
        (rss(f"<media:title>A picture</media:title>{ITEM}", spaces=MODULES), "title", None),
        (rss(ITEM.replace("Bridge reopens", "&#X42;ridge reopens")), "title", None),
        (rss(ITEM.replace("Bridge reopens", "Bridge reopens &#150; don\x92t")), "title", "Bridge reopens – don’t"),
        (rss(ITEM.replace("Bridge reopens", "A & B &c; AT&T &copy;")), "title", "A & B &c; AT&T ©"),
        (ATOM_03.replace("<title>Bridge reopens", '<title mode="base64">QnJpZGdlIHJlb3BlbnM='), "title", None),
    ],
)
def test_texts_with_markup_are_complete(body: str, field: str, expected: str | None) -> None:
    [article] = articles(body)
    assert getattr(article, field) == (expected or "Bridge reopens")


NO_LINK = ITEM.replace("<link>https://world.example/1</link>", "")
ONE_LINK = '<link href="https://world.example/1"/>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rss(ITEM.replace("/1</link>", "/?a=1&b=2&copy=3</link>")), "https://world.example/?a=1&b=2&copy=3"),
        (rss(f'<atom:link rel="self" href="https://x.example/"/>{ITEM}', spaces=MODULES), "https://world.example/1"),
        (rss(f'{NO_LINK}<link href="https://world.example/2"/>'), "https://world.example/2"),
        (rss(NO_LINK.replace("g1", "https://guid.example/1")), None),
        (ATOM.replace(ONE_LINK, '<link rel="self" href="https://world.example/1.atom"/>'), None),
        (ATOM.replace(ONE_LINK, '<link rel="enclosure" href="https://world.example/1.mp3"/>'), None),
        (ATOM.replace(ONE_LINK, "").replace("<id>g1", "<id>https://world.example/7"), "https://world.example/7"),
        (
            ATOM.replace(ONE_LINK, f'<link rel="alternate" type="application/json" href="/1.json"/>{ONE_LINK}'),
            "https://world.example/1",
        ),
    ],
)
def test_the_address_is_that_of_the_page(body: str, expected: str | None) -> None:
    assert articles(body.replace("<id>g1", "<id>urn:x-news:g1"))[0].url == expected


def test_all_authors_are_read() -> None:
    several = ATOM.replace("<author><name>Ann</name></author>", "<author><name>Ann</name></author>" * 2 + "<author/>")
    several = several.replace("<name>Ann", "<name>Bob", 1).replace(
        "<author/>", "<author><email>c@x.example</email></author>"
    )
    assert articles(several)[0].authors == ("Bob", "Ann", "c@x.example")
    creators = "<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>"
    assert articles(rss(ITEM + creators, spaces=MODULES))[0].authors == ("Ann", "Bob")


def test_a_media_group_describes_an_item_without_text() -> None:
    group = "<media:group><media:title>x</media:title><media:description>A film.</media:description></media:group>"
    assert articles(rss(ITEM + group, spaces=MODULES))[0].summary == "It did."
    silent = ITEM.replace("<description>It did.</description>", "")
    assert articles(rss(silent + group, spaces=MODULES))[0].summary == "A film."


def test_the_metadata_of_a_channel() -> None:
    head = (
        "<language>en-gb</language><ttl>90</ttl><skipHours><hour>3</hour><hour>4</hour></skipHours>"
        "<skipDays><day>Sunday</day></skipDays>"
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="https://hub.example/"/>'
    )
    channel = parse(rss(ITEM, head=head).encode(), URL).channel
    assert (channel.title, channel.url, channel.language) == ("World", "https://world.example/", "en-gb")
    assert (channel.ttl, channel.skip_hours, channel.skip_days) == (5400.0, (3, 4), ("Sunday",))
    assert channel.hub == "https://hub.example/"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<!doctype html><html><head><title>Log in</title></head><body><p>Log in", "web page"),
        (b"<html><body>404", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "XML, but not a known feed format"),
        (b"hello, world", "not a feed"),
        (b'{"error": "not found"}', "not a JSON Feed"),
        (b"[1, 2]", "not a JSON Feed"),
        (b'{"items": [', "JSON"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a feed"),
    ],
)
def test_another_document_is_described(body: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parse(body, URL)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (ATOM, 1),
        (rss(ITEM) + "\n<!-- made in 3 ms -->" + " " * 3000, 1),
        (rss(ITEM.replace("It did.", "<![CDATA[It </rss> did.]]>")), 1),
        (rss(ITEM).replace("rss", "RSS").replace("channel", "CHANNEL"), None),
        (rss(ITEM).partition("?>")[2].partition(">")[2].removesuffix("</rss>"), None),  # a channel alone
        ('<feed xmlns="http://www.w3.org/2005/Atom"/>', 0),
        ('<rss version="2.0"/>', 0),
        (ATOM.replace("<feed xmlns=", "<a-1:feed xmlns:a-1=").replace("</feed", "</a-1:feed"), None),
    ],
)
def test_a_complete_document_has_no_flaw(body: str, items: int | None) -> None:
    parsed = parse(body.encode(), URL)
    assert parsed.flaw is None
    assert items in (None, len(parsed.items))


@pytest.mark.parametrize("data", ["", "<![CDATA[x </rss> </html> y]]>", "<![CDATA[x </item> y]]>"])
@pytest.mark.parametrize("cut", [b"half ti", b"half title</title><description><![CDATA[ </item> </rss>"])
def test_the_complete_items_of_a_truncated_feed_are_read(data: str, cut: bytes) -> None:
    body = rss(ITEM.replace("It did.", f"It did. {data}")).encode()
    parsed = parse(body[: body.index(b"</channel>")] + b"<item><title>" + cut, URL)
    assert [item.title for item in parsed.items] == ["Bridge reopens"]
    assert parsed.flaw
    assert "truncated" in parsed.flaw


def test_the_complete_entries_of_a_truncated_feed_with_prefixes_are_read() -> None:
    entry = "<a:entry><a:id>{0}</a:id><a:title>{0}</a:title></a:entry>"
    body = f'<a:feed xmlns:a="http://www.w3.org/2005/Atom">{entry.format("One")}{entry.format("Two")}'
    parsed = parse(f"{body}<a:entry><a:title>Ha".encode(), URL)
    assert [item.title for item in parsed.items] == ["One", "Two"]
    assert parsed.flaw


def test_an_empty_feed_is_valid() -> None:
    assert parse(rss("").replace("<item></item>", "").encode(), URL).items == []


def test_a_gzip_file_is_read() -> None:
    assert articles(gzip.compress(rss(ITEM).encode()))[0].title == "Bridge reopens"


BOMB = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.mark.parametrize("entity", ["&j;", "&f;"])
def test_entities_are_not_expanded_recursively(entity: str) -> None:
    body = rss(ITEM.replace("It did.", entity)).replace("<rss", f"{BOMB}]><rss", 1)
    [article] = articles(body)
    assert len(article.summary) < 100


def test_external_entities_are_not_read(tmp_path: Path, publisher: Publisher) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    for address in (tmp_path.joinpath("secret.txt").as_uri(), publisher.url("/secret")):
        doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{address}">]>'
        body = rss(ITEM.replace("It did.", "a &x; b")).replace("<rss", f"{doctype}<rss", 1)
        outside = rss(ITEM).replace("<rss", f'<!DOCTYPE rss SYSTEM "{address}"><rss', 1)
        for parsed in (articles(body), articles(outside)):
            assert all("secret" not in f"{article.title}{article.summary}" for article in parsed)
    assert publisher.requests == []


@pytest.mark.parametrize(
    "body",
    [
        rss(ITEM + "".join(f"<a xmlns:n{n}='u{n}'>" for n in range(50_000))),
        rss(ITEM + "<a>" * 100_000),
        rss(ITEM.replace("It did.", "<" * 200_000)),
        rss(ITEM.replace("It did.", "&" * 200_000)),
        "<rss>&" + "<![CDATA[" * 50_000,
        "<!DOCTYPE " * 50_000,
        '<!DOCTYPE x [<!ENTITY a "b">' + "<!DOCTYPE [" * 50_000,
        rss(ITEM + "<link" * 100_000),
        ATOM.replace("<summary>", "<link" * 100_000),
        rss("<media:title>" * 50_000),
        rss(ITEM.replace("Bridge reopens", "<!--" * 100_000)),
        "<rss>" + "<group>" * 20_000 + "</item>" * 20_000,
        "{" * 100_000,
    ],
    ids=(
        "namespaces nesting signs ampersands cdata doctypes subsets rss-links atom-links media comments groups braces"
    ).split(),
)
def test_malicious_documents_are_read_or_rejected(body: str) -> None:
    try:
        feed = parse(body.encode(), URL)
    except SourceError:
        return
    assert len(feed.items) <= 1


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([rss(ITEM), ATOM, RSS_10, JSON_11]), st.data())
def test_any_bytes_are_read_or_rejected(noise: bytes, feed: str, data: Any) -> None:
    whole = feed.encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    for body in (noise, whole[:start] + noise + whole[end:]):
        try:
            for item in parse(body, URL, data.draw(st.text(max_size=30))).items:
                article_from(item, DEFAULTS)
        except (SourceError, ValueError):
            pass


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252"])
@pytest.mark.parametrize("label", ["", "utf-8", "utf-16", "iso-8859-1"])
def test_a_json_feed_in_another_charset(charset: str, label: str) -> None:
    document = """{"version": "https://jsonfeed.org/version/1.1", "title": "Zürich",
      "items": [{"id": "1", "content_text": "Die Brücke über den Fluss ist wieder geöffnet."}]}"""
    content_type = f"application/feed+json; charset={label}" if label else ""
    assert parse(document.encode(charset), "https://a.example/feed.json", content_type).channel.title == "Zürich"
