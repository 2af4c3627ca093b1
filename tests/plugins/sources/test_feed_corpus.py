"""The fast and the tolerant path over real feeds: the same articles, field by field.

Intended differences, all of the fast path against feedparser:

* `id`, `url`: feedparser makes an address of a guid that only looks like one; here a guid stays as it was given, and
  stands for the address where it is one of the web and there is no link.
* `summary`, `content`: where a feed has both a description and a full text, each reader takes them in its own order.
* `tags`: the fast path reads an entry's own categories, and not those of the feed.
* `image`, `enclosures`: Media RSS is read more fully by the fast path; relative pictures in the text are left to the
base. * `language`: feedparser gives each entry the language of the feed, which here is the channel's.
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
from aggregator.ingest.normalise import Defaults, normalise
from aggregator.text.charsets import xml_to_utf8
from aggregator.text.plain import plain

URL = "https://corpus.example/feed.xml"
DEFAULTS = Defaults(Outlet("Corpus"), (), None, URL, datetime(2040, 1, 1, tzinfo=UTC))
ALIKE = {"title": 0.995, "published": 0.999, "url": 0.98, "id": 0.98, "authors": 0.99, "tags": 0.95, "source": 0.99}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return sorted(shared("feeds").glob("*.xml"))


def reference(body: bytes) -> list[Any]:
    """What feedparser alone makes of the bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(feedparser.parse(io.BytesIO(body)).entries)


def moment(entry: Any) -> datetime | None:
    parsed = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None


def pairs(files: list[Path]) -> Iterator[tuple[Any, Article]]:
    """Each entry of feedparser's with the article that was made of it."""
    for path in files:
        body = path.read_bytes()
        made = [normalise(item, DEFAULTS) for item in parse(body, URL).items]
        entries = reference(body)
        assert len(made) >= len(entries), path.name
        if len(made) == len(entries):
            yield from zip(entries, made, strict=True)


def test_no_source_fails_and_titles_and_dates_are_those_of_feedparser(files: list[Path]) -> None:
    both = list(pairs(files))
    titles = [plain(entry.get("title", "")) == article.title for entry, article in both]
    dates = [moment(entry) == article.published for entry, article in both if moment(entry)]
    assert sum(titles) / len(titles) >= 0.98
    assert sum(dates) / len(dates) >= 0.995


def test_both_paths_give_the_same_articles(files: list[Path]) -> None:
    same: Counter[str] = Counter()
    total = 0
    for path in files:
        text = xml_to_utf8(path.read_bytes(), "")
        quick, slow = fast_parser.read(text, URL), tolerant_parser.read(text, URL)
        if not quick or not slow or len(quick[1]) != len(slow[1]):
            continue
        for one, other in zip(quick[1], slow[1], strict=True):
            a, b = normalise(one, DEFAULTS), normalise(other, DEFAULTS)
            total += 1
            same.update(name for name in ALIKE if getattr(a, name) == getattr(b, name))
    assert total > 4000
    assert {name: share for name in ALIKE if (share := same[name] / total) < ALIKE[name]} == {}


def test_the_fast_path_does_nearly_all_of_it(files: list[Path]) -> None:
    quick = sum(
        1 for path in files if (found := fast_parser.read(xml_to_utf8(path.read_bytes(), ""), URL)) and found[1]
    )
    assert quick >= 0.9 * len(files)
