"""The filters `drop` and `keep`: their matches, their reasons, and the errors for invalid options."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from filter_calls import apply_filter, registry

from aggregator import Article, Drop, Outlet
from aggregator.plugin.registry import Registry

__all__ = ["registry"]

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ARTICLE = Article(
    id="1",
    url="https://world.example/news/bridge",
    title="Wren Bridge opens",
    summary="Four years late.",
    content="<p>The <b>mayor</b> walked &amp; talked.</p>",
    authors=("Ann Lee", "Bo Park"),
    first_seen=NOW,
    tags=("London", "transport"),
    source=Outlet("Example World"),
)
BARE = Article(id="2", url=None, title="", first_seen=NOW, source=Outlet("Wire"))


def apply(registry: Registry, name: str, options: dict[str, Any], article: Article = ARTICLE) -> Any:
    return apply_filter(registry, name, options, article)


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        ({"title": "Bridge"}, True),
        ({"title": "bridge"}, False),
        ({"title": "(?i)bridge|tunnel"}, True),
        ({"title": "^Bridge"}, False),
        ({"summary": "late"}, True),
        ({"summary": "Bridge"}, False),
        ({"text": "Wren"}, True),
        ({"text": "late"}, True),
        ({"text": "The mayor walked & talked"}, True),
        ({"text": "<b>"}, False),
        ({"url": r"/news/"}, True),
        ({"author": "^Bo "}, True),
        ({"author": "Lee Bo"}, False),
        ({"source": "^Example"}, True),
        ({"tag": "^transport$"}, True),
        ({"tag": "^trans$"}, False),
        ({"title": "Bridge", "tag": "London"}, True),
        ({"title": "Bridge", "tag": "Paris"}, False),
        ({"where": '"london" in tags'}, True),
        ({"where": "image or length < 10"}, False),
        ({"where": "url", "title": "Bridge"}, True),
        ({"where": "url", "title": "Tunnel"}, False),
        ({"where": "not url", "title": "Bridge"}, False),
        ({}, True),
    ],
)
def test_drop_and_keep_match_the_same_articles(registry: Registry, options: dict[str, str], matches: bool) -> None:
    dropped, kept = apply(registry, "drop", options), apply(registry, "keep", options)
    assert isinstance(dropped, Drop) == matches
    assert isinstance(kept, Drop) != matches
    assert (kept if matches else dropped) is ARTICLE


def test_the_reason_contains_the_decisive_patterns(registry: Registry) -> None:
    both = apply(registry, "drop", {"title": "(?i)bridge", "tag": "London"})
    assert both == Drop("title matches (?i)bridge and tag matches London")
    assert apply(registry, "keep", {"title": "(?i)bridge", "tag": "Paris"}) == Drop("tag does not match Paris")
    with_where = {"title": "Bridge", "where": "title ~ '(?i)wren'"}
    assert apply(registry, "drop", with_where) == Drop('title matches Bridge and where matches title ~ "(?i)wren"')
    assert apply(registry, "keep", {"where": "image"}) == Drop("where does not match image")


@pytest.mark.parametrize("part", ["title", "summary", "text", "url", "author", "source", "tag"])
def test_a_missing_part_does_not_match(registry: Registry, part: str) -> None:
    assert apply(registry, "drop", {part: "London"}, BARE) is BARE


@pytest.mark.parametrize("name", ["drop", "keep"])
@pytest.mark.parametrize("value", ["(", "[a", "*", 3, ["a"]])
def test_an_invalid_pattern_is_rejected(registry: Registry, name: str, value: object) -> None:
    _, [problem] = registry.filters[name].convert({"title": value})
    assert problem.allowed.startswith("must be a regular expression")


@pytest.mark.parametrize("name", ["drop", "keep"])
def test_the_manual_describes_every_option(registry: Registry, name: str) -> None:
    plugin = registry.filters[name]
    *patterns, where = plugin.options
    assert [option.name for option in patterns] == ["title", "summary", "text", "url", "author", "source", "tag"]
    assert all(option.description and option.type_text == "a regular expression" for option in patterns)
    assert (where.name, where.type_text) == ("where", 'an expression such as `title ~ "(?i)live"`')
    assert "[[filters]]" in plugin.documentation
