"""Most candidates for the front of an edition are read without their texts: they are selected and ranked as whole
stories are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from stored_articles import NOW, article, place, save

from aggregator.editions.rank import Weights, rank
from aggregator.model import Outlet, Story
from aggregator.store import Candidate, Selection, Store

SINCE = NOW - timedelta(days=30)
WEIGHTS = Weights({"two": 0.3, "three": 0.7}, {"city": 2.0})


@pytest.fixture
def news(store: Store) -> Store:
    """One new story, and old ones, which are candidates only."""
    one, two, three = (Outlet(name, f"https://{name.casefold()}.example/") for name in ("One", "Two", "Three"))
    old = [
        article(100, tags=("City", "world"), language="en", source=one),
        article(101, tags=("city",), language="de", source=two, place=4),
        article(102, source=three, place=2, language="en-GB"),
        article(103, source=two, tags=("sport",)),
        article(104, source=one, language="en"),
        article(105, source=three, published=None, first_seen=NOW - timedelta(hours=105)),
        article(106, source=two, published=NOW + timedelta(hours=1), first_seen=NOW - timedelta(hours=106)),
    ]
    save(store, [article(1, tags=("city",), language="en"), *old])
    save(store, [article(number, tags=("world",), language="de") for number in (110, 111)], source=1)
    place(store, [1], [102, 100], [103], [105, 106], [110], copies={101: 100, 104: 103, 111: 110})
    return store


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        ({}, 4),
        ({"tags": ("CITY",)}, 1),
        ({"tags": ("world",)}, 2),
        ({"tags": ("sport", "world")}, 3),
        ({"language": "en"}, 1),
        ({"language": "de"}, 1),
        ({"sources": ("three",)}, 2),
        ({"sources": ("https://two.example/feed",)}, 1),
        ({"sources": ("two",), "tags": ("sport",), "language": "en"}, 0),
    ],
)
def test_candidates_are_selected_and_ranked_as_whole_stories_are(
    news: Store, selection: dict[str, Any], count: int
) -> None:
    wanted = Selection(limit=1, since=SINCE, **selection)
    light, whole = news.recent_stories(wanted), news.recent_stories(wanted, whole=True)
    assert light.newest == whole.newest
    if light.newest and light.newest[0].representative.id == "id1":
        assert sum(isinstance(one, Candidate) for one in light.ranked) == count
    assert all(isinstance(one, Story) for one in whole.ranked)
    assert [as_candidate(one) for one in light.ranked] == [as_candidate(one) for one in whole.ranked]
    for weights in (Weights(), WEIGHTS):
        assert [one.id for one in rank(light.ranked, weights)] == [one.id for one in rank(whole.ranked, weights)]


def as_candidate(one: Story | Candidate) -> Candidate:
    return Candidate.of(one) if isinstance(one, Story) else one


def test_a_condition_gets_whole_stories(news: Store) -> None:
    ranked = news.recent_stories(Selection(limit=1, since=SINCE), lambda story: "Häuser" in story.title).ranked
    assert len(ranked) == 5
    assert all(isinstance(one, Story) for one in ranked)


def test_candidates_are_completed_by_id(news: Store) -> None:
    ids = [story.id for story in news.stories()]
    assert news.stories_by_id([*ids, "urn:uuid:gone"]) == {story.id: story for story in news.stories()}
