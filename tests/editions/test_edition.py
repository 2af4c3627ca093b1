"""Editions: ranking, sections, and the URLs of outputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.config.settings import Config, OutputSettings, SourceSettings
from aggregator.editions.edition import make_edition, output_root, publications_of, rank, sections
from aggregator.model import Article, Outlet, Story

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def story(name: str, *outlets: str, hours: float = 0, tags: tuple[str, ...] = ()) -> Story:
    """Return a story with an article of each outlet, dated `hours` before noon."""
    date = NOON - timedelta(hours=hours)
    return Story(
        id=name,
        articles=tuple(
            Article(id=o, url=None, title=name, published=date, first_seen=NOON, source=Outlet(o), tags=tags)
            for o in outlets or ("A",)
        ),
    )


def config(*outputs: str, url: str = "https://daily.example/", tags: tuple[str, ...] = ()) -> Config:
    return Config(
        path=Path("/news/config.toml"),
        store=Path("/news/a.db"),
        url=url,
        sources=tuple(SourceSettings(url=f"https://{tag}.example/", tags=(tag,)) for tag in tags),
        outputs=tuple(OutputSettings(plugin="rss", path=Path("/news") / path) for path in outputs),
    )


def names(stories: tuple[Story, ...]) -> list[str]:
    return [story.id for story in stories]


def test_rank_by_outlets_and_age() -> None:
    wide, fresh, old = story("wide", "A", "B", "C", hours=6), story("fresh"), story("old", "A", "B", "C", hours=48)
    assert names(rank([old, fresh, wide], NOON)) == ["wide", "fresh", "old"]


def test_rank_counts_an_outlet_once() -> None:
    assert names(rank([story("loud", "A", "A", "A", "A"), story("two", "A", "B")], NOON)) == ["two", "loud"]


def test_rank_does_not_depend_on_the_input_order() -> None:
    many = [story(f"s{n}") for n in range(9)]
    assert rank(many, NOON) == rank(many[::-1], NOON)


def test_each_story_is_in_one_section() -> None:
    both, city, other = (
        story("both", tags=("City", "world")),
        story("city", tags=("city",)),
        story("x", tags=("other",)),
    )
    divided = sections([other, both, city], config("a", tags=("world", "city")))
    assert [(s.name, names(s.stories)) for s in divided] == [("city", ["both", "city"]), ("", ["x"])]


def test_date_of_the_edition_is_that_of_the_newest_story() -> None:
    settings = config("feed.xml")
    edition = make_edition(settings, settings.outputs[0], [story("a", hours=5), story("b", hours=2)], [])
    assert edition.date == NOON - timedelta(hours=2)
    assert names(edition.newest) == ["b", "a"]


@pytest.mark.parametrize(
    ("paths", "url", "root", "served"),
    [
        (["public/feed.xml"], "https://d.example", "/news/public", ["https://d.example/feed.xml"]),
        (
            ["public/feed.xml", "public/a b/x.md"],
            "https://d.example/n/",
            "/news/public",
            ["https://d.example/n/feed.xml", "https://d.example/n/a%20b/x.md"],
        ),
        (
            ["public", "public/feed.xml"],
            "https://d.example/",
            "/news/public",
            ["https://d.example/", "https://d.example/feed.xml"],
        ),
        (["site/web", "site/feeds/a.xml"], "", "/news/site", ["web/", "feeds/a.xml"]),
    ],
)
def test_urls_of_outputs(paths: list[str], url: str, root: str, served: list[str]) -> None:
    settings = config(*paths, url=url)
    assert output_root(settings) == Path(root)
    assert [publication.url for publication in publications_of(settings)] == served
