"""From rough items to articles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Article, Enclosure, Item, Outlet, Related

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEFAULTS = Defaults(Outlet("World"), ("news",), "en", "https://world.example/feed/", NOW)


def made(**fields: Any) -> Article:
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
def test_a_field(fields: dict[str, Any], name: str, expected: object) -> None:
    assert getattr(made(**fields), name) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
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
def test_enclosures(given: Any, expected: Enclosure) -> None:
    assert made(enclosures=[given, {"url": "javascript:x"}, {}, None, 5, given]).enclosures == (expected,)


def test_a_long_description_that_stands_alone_is_the_content() -> None:
    text = "<p>" + "word " * 400 + "</p>"
    article = made(summary=text)
    assert article.content == text
    assert len(article.summary) <= 601
    assert article.summary.endswith("…")


@pytest.mark.parametrize("fields", [{}, {"id": "only an id"}, {"title": " <p></p> "}, {"published": NOW}])
def test_an_item_with_nothing_to_show_is_junk(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="without title, text and address"):
        article_from(Item(**fields), DEFAULTS)


@pytest.mark.parametrize(
    "fields", [{"title": []}, {"authors": 5}, {"tags": {1}}, {"url": 5}, {"summary": {}}, {"id": []}]
)
def test_impossible_types_are_junk(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="impossible type"):
        made(**fields)


def test_an_item_without_id_and_address_is_known_by_its_text() -> None:
    assert made(title="A").id == made(title="A").id != made(title="B").id


def test_absurd_amounts_are_bounded() -> None:
    article = made(
        id="x" * 100_000,
        tags=[f"t{n}" for n in range(10_000)],
        authors=[f"a{n}" for n in range(10_000)],
        enclosures=[f"/{n}" for n in range(10_000)],
        related=[(f"r{n}", "/") for n in range(10_000)],
    )
    assert len(article.id) == 32
    assert [len(x) for x in (article.tags, article.authors, article.enclosures, article.related)] == [50, 50, 100, 500]


@pytest.mark.parametrize("piece", ["<!--", "<a ", "x@y.z a", "@", "&#", "<img src=", "<script>", "http://", "%2", "1:"])
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    # Quadratic work on a text like these, which a feed may well send, takes minutes.
    text = "x@y.z " + piece * 200_000
    article = made(title=text, summary=text, content=text, authors=text, url=f"/?{text}", tags=text, published=text)
    assert article.title.startswith("x@y.z")
