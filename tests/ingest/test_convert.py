"""Parts of sources become articles, in a process that imports little and returns few objects."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from aggregator.config.settings import SourceSettings
from aggregator.ingest.convert import convert
from aggregator.ingest.converted import Converted, Part, SourceContext, unpack
from aggregator.model import Article, Channel, Item, Subscription

CONTEXT = SourceContext(
    settings=SourceSettings(url="https://a.example/feed", tags=("world",)),
    now=datetime(2026, 11, 29, tzinfo=UTC),
    first=True,
)
PARTS: list[Part] = [
    Channel(title="Example", url="/", language="en", ttl=60.0),
    Item(id="1", title="The bridge is open again", url="/1", published="Tue, 24 Nov 2026 10:00:00 GMT"),
    Item(id=256, title="Undated", url="/2", content="x" * 70_000, enclosures=[{"url": "/a.mp3", "length": 512}]),
    Subscription(name="Other", feed="https://b.example/feed", tags=("a",)),
]


def articles(converted: Converted) -> list[Article]:
    return [fetched.article for fetched in unpack(converted.articles)[0]]


def test_what_is_converted_is_the_same_after_a_pickle() -> None:
    context = pickle.loads(pickle.dumps(CONTEXT))
    converted = convert(PARTS, context)
    returned = pickle.loads(pickle.dumps(converted))
    assert returned == converted == convert(PARTS, CONTEXT)
    assert [article.url for article in articles(returned)] == ["https://a.example/1", "https://a.example/2"]
    assert returned.channel
    assert returned.channel.url == "https://a.example/"
    assert articles(returned)[0].tags == ("world",)


@pytest.mark.parametrize(
    "item",
    [
        Item(id="1\0", title="A\0B", summary="C\0"),
        Item(id="1", title="AB", summary="C\0", enclosures=[{"url": "https://a.example/b.mp3", "length": 256}]),
        Item(
            id="1",
            title="A\ud800\0B",
            tags=["t\0"],
            enclosures=[{"url": "https://a.example/b.mp3", "size": {(640, 480): "\0"}}],
        ),
    ],
    ids=["texts", "beside a number", "beside keys that JSON does not have"],
)
def test_null_characters_are_removed(item: Item) -> None:
    [article] = articles(convert([item], CONTEXT))
    assert (article.id, article.title) == ("1", "A?B" if "\ud800" in str(item.title) else "AB")
    assert "\0" not in "".join([article.summary, *article.tags])


def test_zero_bytes_of_numbers_and_lengths_change_nothing() -> None:
    item = Item(id=256, title="x" * 256, published=0, enclosures=[{"url": "https://a.example/b.mp3", "length": 65536}])
    [article] = articles(convert([item], CONTEXT))
    assert (article.id, article.title) == ("256", "x" * 256)
    assert article.enclosures[0].length == 65536


def test_usual_feeds_are_read_without_the_http_client_and_rare_formats() -> None:
    code = """
import sys, aggregator.runtime.worker_main, aggregator.ingest.convert
from aggregator.feeds.parse import parse
item = "<item><title>A</title><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate></item>"
assert parse(f"<rss><channel>{item}</channel></rss>".encode(), "https://a.example/feed").items
rare = {"aiohttp", "asyncio", "dateparser", "feedparser", "lxml.html", "gcld3", "charset_normalizer", "w3lib", "idna"}
print(*(rare & sys.modules.keys()), *(name for name in sys.modules if name.startswith("aggregator.config")))
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert loaded.stdout.split() == []
