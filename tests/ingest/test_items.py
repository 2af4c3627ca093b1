"""Conversion of items into articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Enclosure, Item, Outlet, Related

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEFAULTS = Defaults(Outlet("World"), ("news",), "en", "https://world.example/feed/", NOW)


def converted(**fields: Any) -> Article:
    return article_from(Item(**({"title": "T"} | fields)), DEFAULTS)


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"id": 7}, "id", "7"),
        ({"id": " guid ", "url": "/a"}, "id", "guid"),
        ({"url": "/a?utm_source=rss"}, "id", "https://world.example/a"),
        ({"url": "a"}, "url", "https://world.example/feed/a"),
        ({"url": "a", "base": "https://cdn.example/x/"}, "url", "https://cdn.example/x/a"),
        ({"url": "javascript:alert(1)"}, "url", None),
        ({"title": "<b>A</b> &amp; B"}, "title", "A & B"),
        ({"title": 5}, "title", "5"),
        ({"title": "Bridge opens - BBC", "source": "BBC"}, "title", "Bridge opens"),
        ({"title": "Bridge opens - World"}, "title", "Bridge opens - World"),
        ({"summary": "<p>One</p><p>two</p>"}, "summary", "One two"),
        ({"content": "<p>One</p>"}, "summary", "One"),
        ({"content": "<p>One</p>"}, "content", "<p>One</p>"),
        ({"summary": "s", "content": "<p>One</p>"}, "summary", "s"),
        ({"authors": "Ann"}, "authors", ("Ann",)),
        ({"authors": ["Ann", {"name": "Bea"}, "Ann", ""]}, "authors", ("Ann", "Bea")),
        ({"authors": "ann@x.example (Ann Doe)"}, "authors", ("Ann Doe",)),
        ({"authors": "Ann Doe <ann@x.example>"}, "authors", ("Ann Doe",)),
        ({"authors": "ann@x.example"}, "authors", ("ann@x.example",)),
        ({"published": "Tue, 24 Nov 2026 10:00:00 GMT"}, "published", NOW - timedelta(hours=2)),
        ({"published": "whenever"}, "published", None),
        ({"published": NOW + timedelta(days=9)}, "published", NOW + timedelta(days=9)),
        ({"published": NOW + timedelta(days=9)}, "date", NOW),
        ({"published": "0001-01-01T00:00:00Z"}, "date", NOW),
        ({}, "date", NOW),
        ({}, "first_seen", NOW),
        ({"first_seen": "2026-11-01"}, "first_seen", datetime(2026, 11, 1, tzinfo=UTC)),
        ({"first_seen": "2027-11-01"}, "first_seen", NOW),
        ({}, "language", "en"),
        ({"language": "DE_at"}, "language", "de-AT"),
        ({"tags": ["City", "NEWS", "city", "<i>x</i>", ""]}, "tags", ("news", "City", "x")),
        ({"tags": "one"}, "tags", ("news", "one")),
        ({"image": "/i.png"}, "image", "https://world.example/i.png"),
        ({"image": "data:image/png;base64,x"}, "image", None),
        ({"enclosures": [{"url": "/i.jpg", "type": "image/jpeg"}]}, "image", "https://world.example/i.jpg"),
        ({"content": "<img src='/p.gif' width='1' height='1'><img src='/i.png'>"}, "image", "https://world.example/i.png"),
        ({"source": "BBC"}, "source", Outlet("BBC")),
        ({"source": {"name": "BBC", "url": "https://bbc.example/"}}, "source", Outlet("BBC", "https://bbc.example/")),
        ({"source": Outlet("<i>B</i>")}, "source", Outlet("B")),
        ({"source": {}}, "source", Outlet("World")),
        ({"related": [("A", "/a"), {"title": "B"}, "C", 5]}, "related",
         (Related("A", "https://world.example/a"), Related("B"), Related("C"), Related("5"))),
    ],
)  # fmt: skip
def test_field(fields: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(converted(**fields), name) == expected


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"url": "/a.mp3"}, Enclosure("https://world.example/a.mp3")),
        ("/a.mp3", Enclosure("https://world.example/a.mp3")),
        (
            {"url": "/a.mp3", "type": "Audio/MPEG", "length": "123", "duration": "1:02:03"},
            Enclosure("https://world.example/a.mp3", "audio/mpeg", 123, 3723),
        ),
        (
            {"url": "/a", "type": "mp3", "length": "big", "duration": "90"},
            Enclosure("https://world.example/a", None, None, 90),
        ),
        ({"url": "/a", "length": 0, "duration": "02:03"}, Enclosure("https://world.example/a", None, None, 123)),
    ],
)
def test_enclosures(stated: Any, expected: Enclosure) -> None:
    assert converted(enclosures=[stated, {"url": "javascript:x"}, {}, None, 5, stated]).enclosures == (expected,)


def test_long_summary_without_content_is_the_content() -> None:
    text = "<p>" + "word " * 400 + "</p>"
    article = converted(summary=text)
    assert article.content == text
    assert len(article.summary) <= 601
    assert article.summary.endswith("…")


@pytest.mark.parametrize("fields", [{}, {"id": "only an id"}, {"title": " <p></p> "}, {"published": NOW}])
def test_item_without_title_text_and_url_is_rejected(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="without title, text and URL"):
        article_from(Item(**fields), DEFAULTS)


@pytest.mark.parametrize(
    "fields", [{"title": []}, {"authors": 5}, {"tags": {1}}, {"url": 5}, {"summary": {}}, {"id": []}]
)
def test_unsupported_types_are_rejected(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unsupported type"):
        converted(**fields)


def test_id_of_an_item_without_id_and_url_depends_on_its_text() -> None:
    assert converted(title="A").id == converted(title="A").id != converted(title="B").id


def test_sizes_are_limited() -> None:
    article = converted(
        id="x" * 100_000,
        tags=[f"t{n}" for n in range(10_000)],
        authors=[f"a{n}" for n in range(10_000)],
        enclosures=[f"/{n}" for n in range(10_000)],
        related=[(f"r{n}", "/") for n in range(10_000)],
    )
    assert len(article.id) == 32
    assert [len(x) for x in (article.tags, article.authors, article.enclosures, article.related)] == [50, 50, 100, 500]


@pytest.mark.parametrize("piece", ["<!--", "<a ", "x@y.z a", "@", "&#", "<img src=", "<script>", "http://", "%2", "1:"])
def test_time_is_linear_in_the_length_of_hostile_text(piece: str) -> None:
    # Quadratic time on such a text, which a feed may contain, would be minutes.
    text = "x@y.z " + piece * 200_000
    article = converted(
        title=text, summary=text, content=text, authors=text, url=f"/?{text}", tags=text, published=text
    )
    assert article.title.startswith("x@y.z")
