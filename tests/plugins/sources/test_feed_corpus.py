"""Real feeds are read as feedparser reads them, and alike whether their neighbours are damaged or not.

Intended differences from feedparser:

* `id`, `url`: feedparser resolves a guid that resembles a relative address; here a guid stays as it is.
* `summary`, `content`: feedparser takes the description of a picture (Media RSS) for that of the article.
* `tags`: feedparser adds the categories of the feed.
* `image`: more elements are read here.
* `language`: feedparser assigns the language of the feed to each entry; here it belongs to the channel.
"""

from __future__ import annotations

import calendar
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from project import ROOT, shared

from aggregator import Article, Item, Outlet
from aggregator.feeds import repair, tolerant_parser, xml_parser
from aggregator.feeds.balance import balance
from aggregator.feeds.parse import parse
from aggregator.ingest.items import Defaults, article_from
from aggregator.text.charsets import xml_to_utf8
from aggregator.text.plain import plain

pytestmark = pytest.mark.slow

URL = "https://corpus.example/feed.xml"
DEFAULTS = Defaults(Outlet("Corpus"), (), None, URL, datetime(2040, 1, 1, tzinfo=UTC))
ALIKE = {"title": 0.999, "published": 0.999, "url": 0.999, "id": 0.98, "authors": 0.97, "tags": 0.95, "source": 0.99}
TITLE_OF_ENTRY = re.compile(rb"<(?:item|entry)[\s>].*?<title[^<>]*>", re.DOTALL)


def documents(folder: Path) -> list[bytes]:
    """Return the XML feeds of a folder, prepared for the parsers."""
    bodies = (path.read_bytes() for path in sorted(folder.glob("**/*.xml")))
    return [repair.prepare(xml_to_utf8(body, "")) for body in bodies if not body.lstrip().startswith(b"{")]


@pytest.fixture(scope="module", params=["samples", "shared"])
def texts(request: pytest.FixtureRequest) -> list[bytes]:
    return documents(ROOT / "samples" if request.param == "samples" else shared("feeds"))


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return sorted(shared("feeds").glob("*.xml"))[::6]


def items(text: bytes) -> list[Item]:
    feed = xml_parser.read(text, URL)
    return feed.items if feed else []


def reference(body: bytes) -> list[Any]:
    """Return the entries by feedparser alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(feedparser.parse(io.BytesIO(body)).entries)


def moment(entry: Any) -> datetime | None:
    parsed = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None


def pairs(files: list[Path]) -> Iterator[tuple[Any, Article]]:
    """Yield each entry of feedparser with its article."""
    for path in files:
        body = path.read_bytes()
        normalised = [article_from(item, DEFAULTS) for item in parse(body, URL).items]
        entries = reference(body)
        assert len(normalised) >= len(entries), path.name
        if len(normalised) == len(entries):
            yield from zip(entries, normalised, strict=True)


def test_titles_and_dates_agree_with_feedparser(files: list[Path]) -> None:
    compared = list(pairs(files))
    titles = [plain(entry.get("title", "")) == article.title for entry, article in compared]
    dates = [moment(entry) == article.published for entry, article in compared if moment(entry)]
    assert sum(titles) / len(titles) >= 0.98
    assert sum(dates) / len(dates) >= 0.995


def test_balancing_changes_no_field_of_a_feed(texts: list[bytes]) -> None:
    compared = 0
    for text in texts:
        feed = xml_parser.read(text, URL)
        if feed and not feed.damaged:
            balanced = xml_parser.read(balance(text), URL)
            assert balanced
            assert (balanced.channel, balanced.items, balanced.damaged) == (feed.channel, feed.items, False)
            compared += len(feed.items)
    assert compared


@pytest.mark.parametrize("damage", [b"5 < 7 <b>bold <br> ", b"<unclosed>", b"<i></b>", b"<a href=x y='>", b"</title>x"])
def test_damage_in_one_entry_changes_no_other(texts: list[bytes], damage: bytes) -> None:
    compared = 0
    for text in texts[::8]:
        whole = items(text)
        title = TITLE_OF_ENTRY.search(text)
        if len(whole) < 3 or not title:
            continue
        damaged = text[: title.end()] + damage + text[title.end() :]
        found = parse(damaged, URL).items
        assert len(found) == len(whole)
        assert sum(a != b for a, b in zip(found, whole, strict=True)) <= 1
        compared += 1
    assert compared


def test_feedparser_reads_the_same_articles() -> None:
    same: Counter[str] = Counter()
    total = 0
    for text in documents(shared("feeds"))[::3]:
        quick, slow = items(text), tolerant_parser.read(text, URL)
        if not quick or not slow or len(quick) != len(slow[1]):
            continue
        for quick_item, slow_item in zip(quick, slow[1], strict=True):
            a, b = article_from(quick_item, DEFAULTS), article_from(slow_item, DEFAULTS)
            total += 1
            same.update(name for name in ALIKE if getattr(a, name) == getattr(b, name))
    assert total > 1000
    assert {name: share for name in ALIKE if (share := same[name] / total) < ALIKE[name]} == {}


def test_nearly_all_real_feeds_are_well_formed() -> None:
    read = [xml_parser.read(text, URL) for text in documents(shared("feeds"))]
    assert sum(1 for feed in read if feed and feed.items and not feed.damaged) >= 0.97 * len(read)
