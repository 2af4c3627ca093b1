"""The filters of a run: their order, the articles that they apply to, and their failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.config.settings import FilterSettings
from aggregator.errors import ConfigError, PluginError
from aggregator.http.client import Client
from aggregator.http.settings import HttpSettings
from aggregator.ingest.filters import Dropped, FilterChain, Result, load_filters
from aggregator.model import Article, Drop, Outlet
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ARTICLE = Article(id="1", url=None, title="One", first_seen=NOW, source=Outlet("Example World"), tags=("World",))


def shout(article: Article, *, mark: str = "!") -> Article:
    return article.replace(title=article.title + mark)


def drop(article: Article) -> None:
    return None


def reason(article: Article) -> Drop:
    return Drop("too short")


def broken(article: Article) -> Article:
    raise ValueError("not today")


def wrong(article: Article) -> Any:
    return "text"


def apply_filters(*settings: FilterSettings) -> tuple[Result, list[str]]:
    registry = Registry()
    functions: list[Callable[..., Any]] = [shout, drop, reason, broken, wrong]
    registry.filters.update({f.__name__: Plugin("filter", f.__name__, f, "tests", __file__) for f in functions})
    failures: list[str] = []
    filters = load_filters(settings, registry)

    async def apply() -> list[Result]:
        async with Client(HttpSettings(), "test") as client:
            return (await FilterChain(filters, client, failures.append).apply([ARTICLE], "world"))[0]

    return asyncio.run(apply())[0], failures


@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ([FilterSettings(plugin="shout"), FilterSettings(plugin="shout", options={"mark": "?"})], "One!?"),
        ([FilterSettings(plugin="shout", tags=("WORLD",))], "One!"),
        ([FilterSettings(plugin="shout", tags=("city",))], "One"),
        ([FilterSettings(plugin="shout", sources=("example world",))], "One!"),
        ([FilterSettings(plugin="shout", sources=("World",))], "One!"),
        ([FilterSettings(plugin="drop", sources=("other",))], "One"),
    ],
)
def test_filters_apply_to_selected_articles(settings: list[FilterSettings], title: str) -> None:
    result, _ = apply_filters(*settings)
    assert isinstance(result, Article)
    assert result.title == title


@pytest.mark.parametrize(("name", "why"), [("drop", ""), ("reason", "too short")])
def test_dropped_article_states_filter_and_reason(name: str, why: str) -> None:
    assert apply_filters(FilterSettings(plugin=name), FilterSettings(plugin="broken")) == (Dropped(name, why), [])


@pytest.mark.parametrize(
    ("name", "message"),
    [("broken", "ValueError: not today in"), ("wrong", "must return an Article, Drop or None, not 'text'")],
)
def test_failing_filter_is_skipped_and_reported(name: str, message: str) -> None:
    result, [failure] = apply_filters(FilterSettings(plugin=name), FilterSettings(plugin="shout"))
    assert isinstance(result, Article)
    assert result.title == "One!"
    assert f'filter "{name}"' in failure
    assert message in failure


def test_invalid_options_are_reported_before_the_run() -> None:
    with pytest.raises(ConfigError, match="mrk"):
        apply_filters(FilterSettings(plugin="shout", options={"mrk": "?"}))
    with pytest.raises(PluginError, match='no filter plugin is called "nope"'):
        apply_filters(FilterSettings(plugin="nope"))
