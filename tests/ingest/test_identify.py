"""Identification of articles, through a real store, when publishers change ids, URLs and texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_articles import ungrouped

from aggregator.config.settings import SourceSettings
from aggregator.ingest.identify import FetchedArticle, SourceArticles, encode, fingerprint, identify
from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Item, Outlet
from aggregator.store import Store, StoreLocation

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = "https://world.example/"
SOURCE = SourceSettings(url="https://world.example/feed.xml")


class Feed:
    """A source and its store. `fetch` identifies and stores items as a run does."""

    def __init__(self, location: StoreLocation) -> None:
        self.store = Store.open(location)
        self.fetches = 0

    def fetch(self, items: list[Item]) -> tuple[int, int]:
        """Return the number of new articles, and of all stored articles."""
        self.fetches += 1
        now = NOW + timedelta(hours=self.fetches)
        [state] = self.store.states([SOURCE])
        marks = [fingerprint(encode(item)) for item in items]
        present = self.store.unchanged(state, marks, b"")
        defaults = Defaults(Outlet("World"), (), "en", HOME, now)
        fetched = [
            FetchedArticle(
                article=article_from(item, defaults), guid=None if item.id is None else str(item.id), fingerprint=mark
            )
            for item, mark in zip(items, marks, strict=True)
            if mark not in present
        ]
        identified = identify(fetched, self.store.match_candidates(state, fetched, present), HOME)
        saved = self.store.save(state, SourceArticles(identified=identified, unchanged=present), b"", now)
        return saved.new, self.store.article_counts().get(state.key, 0)

    def titles(self) -> list[str]:
        return sorted(member.wording.title for member in self.store.articles_to_group(1000))


@pytest.fixture
def feed(store_location: StoreLocation) -> Iterator[Feed]:
    feed = Feed(store_location)
    with feed.store:
        yield feed


def article(number: int, dated: bool = True) -> Item:
    chance = random.Random(number)
    words = " ".join("".join(chance.choices("abcdefghijklmnoprstuvwz", k=7)) for _ in range(18))
    return Item(
        id=f"guid-{number}",
        url=f"{HOME}news/{number}",
        title=f"Title {words[:30]}",
        summary=words,
        published=NOW - timedelta(hours=number) if dated else None,
    )


def changed(item: Item, **changes: object) -> Item:
    return msgspec.structs.replace(item, **changes)


FIVE = [article(n) for n in range(5)]


@pytest.mark.parametrize(
    "second",
    [
        FIVE,
        FIVE[::-1],
        FIVE[:2],
        [*FIVE, *FIVE],
        [changed(FIVE[0], id="other"), *FIVE[1:]],
        [changed(FIVE[0], url=f"{HOME}moved"), *FIVE[1:]],
        [changed(FIVE[0], title="Corrected", summary="Another text altogether, rewritten by the desk."), *FIVE[1:]],
        [changed(FIVE[0], id="other", title="Corrected headline"), *FIVE[1:]],
        [changed(FIVE[0], url=f"{HOME}moved", title="Corrected headline"), *FIVE[1:]],
        [changed(FIVE[0], id=None), *FIVE[1:]],
        [changed(FIVE[0], id="guid-1"), changed(FIVE[1], id="guid-0"), *FIVE[2:]],
        [changed(item, id=f"new-{n}") for n, item in enumerate(FIVE)],
        [changed(item, id=f"new-{n}", url=f"https://new.example/{n}") for n, item in enumerate(FIVE)],
        [changed(item, id=f"new-{n}", url=f"https://new.example/{n}", published=NOW) for n, item in enumerate(FIVE)],
    ],
    ids=[
        "same", "reordered", "fewer", "twice", "guid", "url", "edit", "guid+edit", "url+edit", "no guid", "swapped",
        "all guids", "all guids and urls", "all guids, urls and dates",
    ],
)  # fmt: skip
def test_changed_article_is_recognised(feed: Feed, second: list[Item]) -> None:
    assert feed.fetch(FIVE) == (5, 5)
    assert feed.fetch(second) == (0, 5)
    assert feed.fetch(second) == (0, 5)
    assert feed.fetch(FIVE) == (0, 5)


@pytest.mark.parametrize(
    "items",
    [
        [changed(item, id="one for all") for item in FIVE],
        [changed(item, url=HOME) for item in FIVE],
        [changed(item, id="one for all", url=f"{HOME}one-for-all") for item in FIVE],
        [changed(item, id=None, url=None) for item in FIVE],
        [changed(item, title="Morning news brief") for item in FIVE],
        [changed(item, summary="", title="Morning news brief") for item in FIVE],
        [changed(item, published=None, id="one for all", url=None) for item in FIVE],
    ],
    ids=["one guid", "one url", "one of both", "neither", "one title", "title only", "one guid, undated, no url"],
)
def test_different_articles_are_not_matched(feed: Feed, items: list[Item]) -> None:
    assert feed.fetch(items) == (5, 5)
    assert feed.fetch(items) == (0, 5)
    assert feed.fetch(items[::-1]) == (0, 5)


def test_reused_guid_is_a_new_article(feed: Feed) -> None:
    daily = [changed(article(9 - day), id="today") for day in range(4)]
    assert [feed.fetch([item]) for item in daily] == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_reused_url_is_a_new_article(feed: Feed) -> None:
    daily = [changed(article(9 - day), id=None, url=f"{HOME}today") for day in range(4)]
    assert [feed.fetch([item]) for item in daily] == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_daily_articles_with_the_same_title_are_different(feed: Feed) -> None:
    briefs = [
        Item(id=f"b{day}", url=f"{HOME}b/{day}", title="Morning news brief", published=NOW - timedelta(days=9 - day))
        for day in range(5)
    ]
    for day in range(1, 6):
        assert feed.fetch(briefs[max(day - 2, 0) : day]) == (1, day)


def test_edited_article_is_updated(feed: Feed) -> None:
    feed.fetch(FIVE)
    feed.fetch([changed(FIVE[0], title="Corrected headline"), *FIVE[1:]])
    assert "Corrected headline" in feed.titles()
    assert len(feed.titles()) == 5


def test_article_keeps_its_id(feed: Feed) -> None:
    feed.fetch(FIVE)
    before = ungrouped(feed.store)
    feed.fetch([changed(item, id=f"new-{n}") for n, item in enumerate(FIVE)])
    assert ungrouped(feed.store) == before


Change = st.tuples(
    st.sampled_from(["guid", "url", "edit", "title", "leave", "return", "shuffle", "again"]), st.integers(0, 7)
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, 8), st.booleans(), st.booleans(), st.lists(st.lists(Change, max_size=4), max_size=6))
def test_no_sequence_of_changes_loses_or_duplicates_an_article(
    count: int, dated: bool, with_guids: bool, steps: list[list[tuple[str, int]]]
) -> None:
    """In each step at most one property of each article changes, as between two requests."""
    with TemporaryDirectory() as folder:
        feed = Feed(Path(folder) / "store.db")
        with feed.store:
            items = [article(n, dated) for n in range(count)]
            if not with_guids:
                items = [changed(item, id=None) for item in items]
            removed: set[int] = set()
            feed.fetch(items)
            for number, step in enumerate(steps):
                changed_now: set[int] = set()
                repeated: list[int] = []
                for kind, chosen in step:
                    index = chosen % count
                    if kind == "leave" and index not in changed_now:
                        removed.add(index)
                    elif kind == "return" and index in removed:
                        removed.discard(index)
                        changed_now.add(index)
                    elif kind == "again":
                        repeated.append(index)
                    elif kind in ("guid", "url", "edit", "title") and index not in changed_now and index not in removed:
                        changed_now.add(index)
                        items[index] = change(items[index], kind, number)
                listed = [items[index] for index in [*range(count), *repeated] if index not in removed]
                random.Random(number).shuffle(listed)
                assert feed.fetch(listed) == (0, count)


def change(item: Item, kind: str, step: int) -> Item:
    if kind == "guid" and item.id is not None:
        return changed(item, id=f"{item.id}.{step}")
    if kind == "url":
        # Without a guid, only the text identifies the article.
        return changed(item, url=f"{item.url}.{step}")
    if kind == "title":
        return changed(item, title=f"{item.title} (update {step})")
    return changed(item, summary=f"{item.summary} And then, in step {step}, more was known.")


@pytest.mark.slow
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(3, 12), st.sampled_from(["guid", "url", "both"]), st.booleans())
def test_feed_that_moved_to_new_ids_is_recognised(count: int, kind: str, dated: bool) -> None:
    with TemporaryDirectory() as folder:
        feed = Feed(Path(folder) / "store.db")
        with feed.store:
            items = [article(n, dated) for n in range(count)]
            feed.fetch(items)
            moved = [
                changed(
                    item,
                    id=f"new-{n}" if kind in ("guid", "both") else item.id,
                    url=f"https://moved.example/{n}" if kind in ("url", "both") else item.url,
                )
                for n, item in enumerate(items)
            ]
            assert feed.fetch([*moved, article(99)]) == (1, count + 1)
