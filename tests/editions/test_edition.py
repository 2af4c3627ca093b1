"""Editions: ranking, sections, and the URLs of outputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from aggregator.config.sections import SectionSettings
from aggregator.config.settings import Config, OutputSettings, SourceSettings
from aggregator.editions.edition import make_edition, output_root, publications_of
from aggregator.editions.rank import Weights, rank, rank_of
from aggregator.editions.sections import divide
from aggregator.editions.select import Selected
from aggregator.model import Article, Outlet, Story, Subscription

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def story(name: str, *outlets: str, hours: float = 0, tags: tuple[str, ...] = (), language: str | None = None) -> Story:
    """Return a story with an article of each outlet, dated `hours` before noon."""
    date = NOON - timedelta(hours=hours)
    return Story(
        id=name,
        articles=tuple(
            Article(
                id=o,
                url=None,
                title=name,
                published=date,
                first_seen=NOON,
                source=Outlet(o),
                tags=tags,
                language=language,
            )
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
    assert names(rank([old, fresh, wide])) == ["wide", "fresh", "old"]


def test_rank_counts_an_outlet_once() -> None:
    assert names(rank([story("loud", "A", "A", "A", "A"), story("two", "A", "B")])) == ["two", "loud"]


def test_rank_does_not_depend_on_the_input_order() -> None:
    many = [story(f"s{n}") for n in range(9)]
    assert rank(many) == rank(many[::-1])


def test_rank_counts_the_weights_of_sources_and_sections() -> None:
    weights = Weights({"b": 4.0}, {"sport": 2.0})
    stories = [story("plain", "A", "C"), story("weighty", "B"), story("match", "A", "C", tags=("Sport",))]
    assert names(rank(stories, weights)) == ["match", "weighty", "plain"]
    assert str(rank_of(stories[2], NOON, weights)).startswith("rank 3.17: 2 independent accounts, 0 h older")


def test_rank_counts_the_place_in_a_source_that_lists_by_importance() -> None:
    first, tenth, plain = story("first", hours=5), story("tenth", hours=1), story("plain")
    first, tenth = placed(first, 1), placed(tenth, 10)
    assert names(rank([plain, tenth, first])) == ["first", "plain", "tenth"]
    assert "number 1 in its source" in str(rank_of(first, NOON, Weights()))


def placed(one: Story, place: int) -> Story:
    return msgspec.structs.replace(one, articles=(one.articles[0].replace(place=place), *one.articles[1:]))


def test_rank_of_a_plugin_precedes() -> None:
    stories = [story("wide", "A", "B"), story("liked")]
    assert names(rank(stories, hook=lambda one, score: 9.0 if one.id == "liked" else None)) == ["liked", "wide"]


def sections(stories: list[Story], settings: Config) -> list[tuple[str, str, list[str]]]:
    return [(s.name, s.label or s.language, names(s.stories)) for s in divide(stories, settings, settings.outputs[0])]


def test_each_story_is_in_one_section() -> None:
    both, city, other = (
        story("both", tags=("City", "world")),
        story("city", tags=("city",)),
        story("x", tags=("other",)),
    )
    divided = sections([other, both, city], config("a", tags=("world", "city")))
    assert divided == [("city", "", ["both", "city"]), ("", "", ["x"])]


def test_configured_sections_have_order_labels_and_limits() -> None:
    settings = msgspec.structs.replace(
        config("a", tags=("world", "city")),
        sections=(SectionSettings(tag="city", label="London", limit=1), SectionSettings(source="B")),
    )
    stories = [
        story("c1", tags=("city",)),
        story("c2", tags=("city",)),
        story("b", "B", tags=("world",)),
        story("w", tags=("world",)),
    ]
    assert sections(stories, settings) == [("city", "London", ["c1"]), ("B", "", ["b"]), ("", "", ["w"])]


def test_stories_without_tags_are_divided_by_source() -> None:
    stories = [story(f"{outlet}{n}", outlet) for n in range(3) for outlet in "AB"] + [story("rest", "C")]
    divided = sections(stories, config("a"))
    assert divided == [("A", "", ["A0", "A1", "A2"]), ("B", "", ["B0", "B1", "B2"]), ("", "", ["rest"])]


def test_stories_without_tags_are_divided_by_language() -> None:
    stories = [story(f"{language}{n}", language=language) for n in range(3) for language in ("en", "de")]
    divided = sections(stories, config("a"))
    assert [(name, members) for name, _, members in divided] == [
        ("en", ["en0", "en1", "en2"]),
        ("de", ["de0", "de1", "de2"]),
    ]


def test_stories_of_a_section_in_another_language_are_apart() -> None:
    stories = [
        story(f"{language}{n}", language=language, tags=("world",)) for n in range(4) for language in ("en", "de")
    ]
    divided = sections([*stories, story("fr", language="fr", tags=("world",))], config("a", tags=("world",)))
    assert divided == [
        ("world", "", ["en0", "en1", "en2", "en3", "fr"]),
        ("world", "de", ["de0", "de1", "de2", "de3"]),
    ]


def test_a_busy_source_does_not_fill_a_section() -> None:
    settings = config("a", tags=("world",))
    output = msgspec.structs.replace(settings.outputs[0], limit_per_source=2)
    stories = [story(f"a{n}", "A", tags=("world",)) for n in range(5)] + [story("b", "B", tags=("world",))]
    [section] = divide(stories, settings, output)
    assert names(section.stories) == ["a0", "a1", "b"]


def test_outlets_have_short_names_unless_the_user_has_named_them() -> None:
    settings = config("feed.xml")
    named = SourceSettings(url="https://a.example/", name="World", number=0)
    settings = msgspec.structs.replace(settings, sources=(named,))
    stories = [story("a", "World"), story("b", "World news | The Guardian"), story("c", "Courier")]
    edition = make_edition(settings, settings.outputs[0], selected(*stories), [Subscription("Other | RSS")])
    assert edition.outlet_names == {"World news | The Guardian": "The Guardian", "Other | RSS": "Other"}
    sources = [Subscription("Other | RSS"), Subscription("World news | The Guardian")]
    edition = make_edition(settings, settings.outputs[0], selected(*stories), sources, only_lists=True)
    assert edition.outlet_names == {"World news | The Guardian": "The Guardian"}


def selected(*stories: Story, limit: int = 50) -> Selected:
    return Selected(tuple(sorted(stories, key=lambda one: one.updated, reverse=True)), rank(stories)[:limit])


def test_feeds_list_the_last_day_and_at_least_fifty_stories() -> None:
    settings = config("feed.xml")
    day = [story(f"s{n}", hours=n / 5) for n in range(100)]
    old = [story(f"old{n}", hours=30 + n) for n in range(100)]
    edition = make_edition(settings, settings.outputs[0], selected(*day, *old), [])
    assert names(edition.newest) == names(selected(*day).newest)
    assert len(edition.older) == 100
    edition = make_edition(settings, settings.outputs[0], selected(*day[:3], *old), [])
    assert len(edition.newest) == 50
    limited = msgspec.structs.replace(settings.outputs[0], limit=2)
    edition = make_edition(settings, limited, selected(*day, limit=2), [])
    assert (names(edition.newest), len(edition.stories), len(edition.older)) == (["s0", "s1"], 2, 98)


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
