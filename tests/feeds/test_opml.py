"""Subscription lists: reading those of any reader, writing ours, and both without loss."""

from __future__ import annotations

from typing import Any

import listparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator import Subscription
from aggregator.feeds.opml import export_opml, read_opml, write_opml

SUBSCRIPTIONS = [
    Subscription("Example World", "https://world.example/feed.xml", "https://world.example/", ("world", "news")),
    Subscription("Nature & <Science>", "https://science.example/feed.xml", None, ("science",)),
    Subscription("Loose", "https://loose.example/feed.xml"),
    Subscription("More of the World", "https://more.example/feed.xml", None, ("world",)),
    Subscription("A page", None, "https://page.example/"),
]


def test_write_opml() -> None:
    assert write_opml("London Daily", SUBSCRIPTIONS).decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>London Daily</title>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline text="world">\n'
        '      <outline text="Example World" title="Example World" type="rss" xmlUrl="https://world.example/feed.xml"'
        ' htmlUrl="https://world.example/" category="world,news"/>\n'
        '      <outline text="More of the World" title="More of the World" type="rss"'
        ' xmlUrl="https://more.example/feed.xml"/>\n'
        "    </outline>\n"
        '    <outline text="science">\n'
        '      <outline text="Nature &amp; &lt;Science&gt;" title="Nature &amp; &lt;Science&gt;" type="rss"'
        ' xmlUrl="https://science.example/feed.xml"/>\n'
        "    </outline>\n"
        '    <outline text="Loose" title="Loose" type="rss" xmlUrl="https://loose.example/feed.xml"/>\n'
        '    <outline text="A page" title="A page" htmlUrl="https://page.example/"/>\n'
        "  </body>\n"
        "</opml>\n"
    )


def test_a_list_of_another_reader() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Subscriptions</title></head><body>
  <outline text="Nachrichten" title="Nachrichten">
    <outline text="Zürich"><outline type="rss" text="Züri" xmlUrl=" https://a.example/rss?x=1&amp;y=2 " htmlUrl="https://a.example/"/></outline>
    <outline type="rss" title="Only a title" xmlUrl="https://b.example/rss" category="/Boston/Weather,local"/>
  </outline>
  <outline text="Again, elsewhere"><outline text="Züri" type="rss" xmlUrl="https://a.example/rss?x=1&amp;y=2"/></outline>
  <outline text="https://c.example/rss" xmlUrl="https://c.example/rss"/>
  <outline text="Old style" xmlUrl="feed://d.example/rss"/>
  <outline text="Older" xmlUrl="feed:https://e.example/rss"/>
  <outline text="Not of the web" xmlUrl="file:///etc/passwd"/>
  <outline text="Included" type="include" url="https://f.example/list.opml"/>
  <outline text="A page" htmlUrl="https://g.example/"/>
</body></opml>"""
    tables, others = read_opml(text.encode())
    assert tables == [
        {"url": "https://a.example/rss?x=1&y=2", "name": "Züri", "tags": ["Nachrichten", "Zürich", "Again, elsewhere"]},
        {"url": "https://b.example/rss", "name": "Only a title", "tags": ["Boston", "Weather", "local", "Nachrichten"]},
        {"url": "https://c.example/rss"},
        {"url": "http://d.example/rss", "name": "Old style"},
        {"url": "https://e.example/rss", "name": "Older"},
    ]
    assert others == 2  # a page without a feed counts as an empty folder


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1251", "utf-16"])
def test_charsets(charset: str) -> None:
    name = "Новости" if charset == "windows-1251" else "Zürich"
    declared = charset.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><opml version="2.0"><body><outline text="{name}" xmlUrl="https://a.example/"/></body></opml>'
    assert read_opml(text.encode(charset))[0] == [{"url": "https://a.example/", "name": name}]


@pytest.mark.parametrize(
    "body",
    [
        '<opml><body><outline text="AT&T" xmlUrl="https://a.example/"/></body></opml>',
        '<opml><body><outline text="AT&amp;T" xmlUrl=https://a.example/>',
        'junk <opml><body><outline text="AT&amp;T" xmlUrl="https://a.example/"/></outline></outline></body>',
        '<OPML><BODY><OUTLINE TEXT="AT&amp;T" XMLURL="https://a.example/"/></BODY></OPML>',
        '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><body><outline text="AT&amp;T" xmlUrl="https://a.example/"/>&a;',
    ],
)
def test_broken_lists(body: str) -> None:
    assert read_opml(body.encode())[0] == [{"url": "https://a.example/", "name": "AT&T"}]


@pytest.mark.parametrize("body", [b"", b"hello", b'{"version": 1}', b"<html><body>x</body></html>", b"\0\1\2"])
def test_other_documents_raise(body: bytes) -> None:
    with pytest.raises(ValueError, match="is not OPML"):
        read_opml(body)


def test_deep_folders_take_bounded_time() -> None:
    deep = '<outline text="f">' * 20_000 + '<outline text="a" xmlUrl="https://a.example/"/>'
    assert len(read_opml(f"<opml><body>{deep}".encode())[0]) <= 1


TABLES: list[dict[str, Any]] = [
    {"url": "https://a.example/f.xml", "name": "A", "tags": ["x", "y"]},
    {"url": "https://b.example/f.xml"},
    {"url": "feeds/c.xml", "name": "C", "every": "30m", "enabled": False, "tags": ["a/b, c"]},
    {"plugin": "api", "name": "D", "limit": 3, "token": {"env": "TOKEN"}},
    {"url": "https://e.example/", "plugin": "page", "selector": "h2 > a"},
]


def subscription(table: dict[str, Any]) -> Subscription:
    url = table.get("url", "")
    feed = url if url.startswith("https:") and "plugin" not in table else None
    return Subscription(table.get("name", "as it calls itself"), feed, None, tuple(table.get("tags", ())))


def by_address(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(tables, key=lambda table: (table.get("url", ""), table.get("name", "")))


def test_round_trip() -> None:
    body = export_opml("x", [subscription(table) for table in TABLES], TABLES)
    assert (by_address(read_opml(body)[0]), read_opml(body)[1]) == (by_address(TABLES), 0)
    assert body == export_opml("x", [subscription(table) for table in TABLES], TABLES)


def test_our_own_attribute_is_written_only_if_needed() -> None:
    body = export_opml("x", [subscription(TABLES[0])], TABLES[:1])
    assert b"aggregate" not in body


def test_other_readers_see_the_feeds_only() -> None:
    subscriptions = listparser.parse(export_opml("x", [subscription(table) for table in TABLES], TABLES))
    assert [feed.url for feed in subscriptions.feeds] == ["https://a.example/f.xml", "https://b.example/f.xml"]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TABLE = st.fixed_dictionaries(
    {"url": st.integers(0, 9**9).map(lambda n: f"https://{n}.example/")},
    optional={"name": TEXT, "tags": st.lists(TEXT, min_size=1, max_size=3), "enabled": st.booleans(), "x": TEXT},
)


@given(st.lists(TABLE, unique_by=lambda table: table["url"], max_size=4))
def test_any_sources_round_trip(tables: list[dict[str, Any]]) -> None:
    body = export_opml("x", [subscription(table) for table in tables], tables)
    etree.fromstring(body)
    assert by_address(read_opml(body)[0]) == by_address(tables)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"<opml><outline xmlUrl='{text}".encode()))
def test_any_bytes_parse_or_raise_value_error(body: bytes) -> None:
    try:
        tables, others = read_opml(body)
    except ValueError as error:
        assert str(error) == "is not OPML"
    else:
        assert others >= 0
        assert all(table["url"].startswith("http") for table in tables)


@pytest.mark.parametrize("encoding", ["hex", "punycode", "undefined", "nonsense"])
def test_a_list_that_states_no_real_charset(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><opml><body><outline text="Züri" xmlUrl="https://a.example/"/>'
    assert read_opml(text.encode())[0] == [{"url": "https://a.example/", "name": "Züri"}]


@pytest.mark.parametrize("label", ["utf-8", "utf-16", "us-ascii", "nonsense"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "windows-1251", "koi8-r"])
def test_a_list_in_another_charset_than_it_declares(charset: str, label: str) -> None:
    if (charset, label) in {("windows-1251", "us-ascii"), ("koi8-r", "us-ascii")}:
        return  # these bytes do not disprove it
    text = f"""<?xml version="1.0" encoding="{label}"?><opml version="2.0"><body>
      <outline text="Новости дня из города" type="rss" xmlUrl="https://a.example/rss"/>
      <outline text="Погода на завтра" type="rss" xmlUrl="https://b.example/rss"/></body></opml>"""
    names = [table["name"] for table in read_opml(text.encode(charset))[0]]
    assert names == ["Новости дня из города", "Погода на завтра"]
