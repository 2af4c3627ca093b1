"""Identity: which articles are known, through a real store, whatever publishers do to ids, addresses and texts."""

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

from aggregator.config.settings import SourceSettings
from aggregator.ingest.identify import FetchedArticle, SourceArticles, fingerprint, identify
from aggregator.ingest.items import Defaults, article_from
from aggregator.model import Item, Outlet
from aggregator.store import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME = "https://world.example/"
SOURCE = SourceSettings(url="https://world.example/feed.xml")


class Feed:
    """A source and its store: `fetch` does with items what a run does, and tells what became of each."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "store.db")
        self.fetches = 0

    def fetch(self, items: list[Item]) -> tuple[int, int]:
        """How many articles were new, and how many are stored now."""
        self.fetches += 1
        now = NOW + timedelta(hours=self.fetches)
        [state] = self.store.states([SOURCE])
        marks = [fingerprint(item) for item in items]
        present = self.store.unchanged(state, marks, b"")
        defaults = Defaults(Outlet("World"), (), "en", HOME, now)
        fetched = [
            FetchedArticle(
                article=article_from(item, defaults), guid=None if item.id is None else str(item.id), fingerprint=mark
            )
            for item, mark in zip(items, marks, strict=True)
            if mark not in present
        ]
        found = identify(fetched, self.store.match_candidates(state, fetched, present), HOME)
        saved = self.store.save(state, SourceArticles(identified=found, unchanged=present), b"", now)
        return saved.new, self.store.article_counts().get(state.key, 0)

    def titles(self) -> list[str]:
        return sorted(member.article.title for member in self.store.articles_to_group(1000))


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    made = Feed(tmp_path)
    with made.store:
        yield made


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
        "flood of guids", "flood of guids and urls", "flood with new dates",
    ],
)  # fmt: skip
def test_what_is_known_stays_one(feed: Feed, second: list[Item]) -> None:
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
def test_what_differs_stays_apart(feed: Feed, items: list[Item]) -> None:
    assert feed.fetch(items) == (5, 5)
    assert feed.fetch(items) == (0, 5)
    assert feed.fetch(items[::-1]) == (0, 5)


def test_a_guid_that_is_used_again_is_a_new_article(feed: Feed) -> None:
    daily = [changed(article(9 - day), id="today") for day in range(4)]
    assert [feed.fetch([item]) for item in daily] == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_an_address_that_is_used_again_is_a_new_article(feed: Feed) -> None:
    daily = [changed(article(9 - day), id=None, url=f"{HOME}today") for day in range(4)]
    assert [feed.fetch([item]) for item in daily] == [(1, 1), (1, 2), (1, 3), (1, 4)]


def test_the_brief_of_every_day_is_an_article_every_day(feed: Feed) -> None:
    briefs = [
        Item(id=f"b{day}", url=f"{HOME}b/{day}", title="Morning news brief", published=NOW - timedelta(days=9 - day))
        for day in range(5)
    ]
    for day in range(1, 6):
        assert feed.fetch(briefs[max(day - 2, 0) : day]) == (1, day)


def test_an_edit_is_counted_and_kept(feed: Feed) -> None:
    feed.fetch(FIVE)
    feed.fetch([changed(FIVE[0], title="Corrected headline"), *FIVE[1:]])
    assert "Corrected headline" in feed.titles()
    assert len(feed.titles()) == 5


def test_an_article_keeps_its_id(feed: Feed) -> None:
    feed.fetch(FIVE)
    before = {member.key: member.article.id for member in feed.store.articles_to_group(1000)}
    feed.fetch([changed(item, id=f"new-{n}") for n, item in enumerate(FIVE)])
    assert {member.key: member.article.id for member in feed.store.articles_to_group(1000)} == before


Change = st.tuples(
    st.sampled_from(["guid", "url", "edit", "title", "leave", "return", "shuffle", "again"]), st.integers(0, 7)
)


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, 8), st.booleans(), st.booleans(), st.lists(st.lists(Change, max_size=4), max_size=6))
def test_no_sequence_of_changes_loses_or_doubles_an_article(
    count: int, dated: bool, with_guids: bool, steps: list[list[tuple[str, int]]]
) -> None:
    """In each step each article changes in one respect at most: what a publisher does between two fetches."""
    with TemporaryDirectory() as folder:
        feed = Feed(Path(folder))
        with feed.store:
            items = [article(n, dated) for n in range(count)]
            if not with_guids:
                items = [changed(item, id=None) for item in items]
            away: set[int] = set()
            feed.fetch(items)
            for number, step in enumerate(steps):
                touched: set[int] = set()
                repeated: list[int] = []
                for kind, chosen in step:
                    place = chosen % count
                    if kind == "leave" and place not in touched:
                        away.add(place)
                    elif kind == "return" and place in away:
                        away.discard(place)
                        touched.add(place)
                    elif kind == "again":
                        repeated.append(place)
                    elif kind in ("guid", "url", "edit", "title") and place not in touched and place not in away:
                        touched.add(place)
                        items[place] = change(items[place], kind, number)
                shown = [items[place] for place in [*range(count), *repeated] if place not in away]
                random.Random(number).shuffle(shown)
                assert feed.fetch(shown) == (0, count)


def change(item: Item, kind: str, step: int) -> Item:
    if kind == "guid" and item.id is not None:
        return changed(item, id=f"{item.id}.{step}")
    if kind == "url":
        # Without a guid only the text tells where an article has gone.
        return changed(item, url=f"{item.url}.{step}")
    if kind == "title":
        return changed(item, title=f"{item.title} (update {step})")
    return changed(item, summary=f"{item.summary} And then, in step {step}, more was known.")


@pytest.mark.slow
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(3, 12), st.sampled_from(["guid", "url", "both"]), st.booleans())
def test_a_feed_that_comes_back_under_new_ids_is_one_event(count: int, kind: str, dated: bool) -> None:
    with TemporaryDirectory() as folder:
        feed = Feed(Path(folder))
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
