"""The stories selected for outputs: those of the front that are not among the newest are read when they are needed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from stored_articles import NOW, article, place, save

from aggregator.config.sections import SectionSettings
from aggregator.config.settings import Config, OutputSettings
from aggregator.editions.publish import Destination, Publisher
from aggregator.editions.rank import Weights
from aggregator.editions.select import SelectedStories
from aggregator.model import Outlet, Story
from aggregator.plugin.loader import load_plugins
from aggregator.store import Store

WEIGHTS = Weights(tags={"big": 10_000.0})
OUTPUT = OutputSettings(plugin="rss", limit=2, since=timedelta(days=30))


@pytest.fixture
def news(store: Store) -> Store:
    """Two new stories, and an old one of three outlets, which leads the front."""
    wide = [article(n, source=Outlet(name), tags=("big",)) for n, name in ((100, "One"), (101, "Two"), (102, "Three"))]
    save(store, [article(1), article(2), *wide, article(103)])
    place(store, [1], [2], [100, 101, 102], [103])
    return store


def old(store: Store) -> str:
    return next(story.id for story in store.stories() if len(story.articles) == 3)


def test_the_front_is_the_same_for_a_hook_which_gets_all_stories(news: Store) -> None:
    light = SelectedStories(news, NOW, WEIGHTS).of(OUTPUT)
    seen: list[Story] = []
    whole = SelectedStories(news, NOW, WEIGHTS, lambda story, score: seen.append(story)).of(OUTPUT)
    assert (light.is_whole, whole.is_whole) == (False, True)
    assert light.newest == whole.newest
    assert light.front[0] == old(news)
    assert light.whole(light.front) == whole.whole(whole.front)
    assert light.digest(light.whole(light.front)) == whole.digest(whole.whole(whole.front))
    assert len(seen) == 4
    assert all(story.articles[0].title for story in seen)


def test_a_hook_is_called_for_each_edition(news: Store) -> None:
    seen: list[str] = []
    selected = SelectedStories(news, NOW, hook=lambda story, score: seen.append(story.id))
    selected.of(OUTPUT)
    selected.of(OUTPUT)
    assert len(seen) == 8


def test_a_story_of_the_front_that_has_gone_is_left_out(news: Store) -> None:
    selected = SelectedStories(news, NOW, WEIGHTS).of(OUTPUT)
    assert selected.whole(["urn:uuid:gone", selected.newest[0].id]) == (selected.newest[0],)


def test_a_feed_counts_the_stories_of_the_front_as_shown(news: Store, tmp_path: Path) -> None:
    paths = {"rss": tmp_path / "feed.xml", "markdown": tmp_path / "edition.md"}
    outputs = tuple(msgspec.structs.replace(OUTPUT, plugin=name, path=path) for name, path in paths.items())
    sections = (SectionSettings(tag="big", weight=10_000.0),)
    config = Config(path=tmp_path / "config.toml", store=tmp_path / "a.db", sections=sections, outputs=outputs)
    publisher = Publisher(config, load_plugins([]), news, NOW, Destination())
    for output in outputs:
        assert publisher.publish(output, []).written
    feed, edition = (news.shown_by(output.key) for output in outputs)
    assert feed == edition
    assert old(news) in feed
