"""Compares the fast and the tolerant feed parser on real feeds, field by field.

Intended differences between the fast parser and feedparser:

* `id`, `url`: feedparser converts a guid that resembles an address; the fast parser keeps a guid unchanged, and uses it
  as the address if it is a web address and there is no link.
* `summary`, `content`: for a feed with both a description and a full text, each parser has its own order.
* `tags`: the fast parser reads the categories of an entry, without those of the feed.
* `image`, `enclosures`: the fast parser reads more of Media RSS; relative pictures in the text are resolved later.
* `language`: feedparser assigns the language of the feed to each entry; here it belongs to the channel.
"""

from __future__ import annotations

import calendar
import io
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from project import shared

from aggregator import Article, Outlet
from aggregator.feeds import fast_parser, tolerant_parser
from aggregator.feeds.parse import parse
from aggregator.ingest.items import Defaults, article_from
from aggregator.text.charsets import xml_to_utf8
from aggregator.text.plain import plain

pytestmark = pytest.mark.slow

URL = "https://corpus.example/feed.xml"
DEFAULTS = Defaults(Outlet("Corpus"), (), None, URL, datetime(2040, 1, 1, tzinfo=UTC))
ALIKE = {"title": 0.995, "published": 0.999, "url": 0.98, "id": 0.98, "authors": 0.99, "tags": 0.95, "source": 0.99}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return sorted(shared("feeds").glob("*.xml"))


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


def test_both_parsers_read_the_same_articles(files: list[Path]) -> None:
    same: Counter[str] = Counter()
    total = 0
    for path in files:
        text = xml_to_utf8(path.read_bytes(), "")
        quick, slow = fast_parser.read(text, URL), tolerant_parser.read(text, URL)
        if not quick or not slow or len(quick[1]) != len(slow[1]):
            continue
        for quick_item, slow_item in zip(quick[1], slow[1], strict=True):
            a, b = article_from(quick_item, DEFAULTS), article_from(slow_item, DEFAULTS)
            total += 1
            same.update(name for name in ALIKE if getattr(a, name) == getattr(b, name))
    assert total > 4000
    assert {name: share for name in ALIKE if (share := same[name] / total) < ALIKE[name]} == {}


def test_the_fast_parser_reads_nearly_all_feeds(files: list[Path]) -> None:
    quick = sum(
        1 for path in files if (parsed := fast_parser.read(xml_to_utf8(path.read_bytes(), ""), URL)) and parsed[1]
    )
    assert quick >= 0.9 * len(files)
