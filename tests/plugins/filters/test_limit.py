"""The filter `limit`: the number and age of the articles that pass, and its state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import time_machine
from filter_calls import registry
from time_machine import Traveller

from aggregator import Article, Drop, Outlet
from aggregator.plugin.registry import Registry

__all__ = ["registry"]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Limit:
    """The filter with options of a configuration, and its state, encoded as in the store after each run."""

    def __init__(self, registry: Registry, **options: Any) -> None:
        plugin = registry.filters["limit"]
        self.options, problems = plugin.convert(options)
        assert problems == []
        self.function = plugin.function
        self.state: dict[str, Any] = {}

    def passes(self, *numbers: int, hours_old: float = 0) -> list[int]:
        """Return the articles that pass in a run."""
        results = {number: self.function(article(number, hours_old), self.state, **self.options) for number in numbers}
        encoded = msgspec.json.encode(self.state)
        assert len(encoded) < 64 * 1024
        self.state = msgspec.json.decode(encoded)
        assert all(isinstance(result, Article | Drop) for result in results.values())
        return [number for number, result in results.items() if isinstance(result, Article)]


def article(number: int, hours_old: float = 0) -> Article:
    now = datetime.now(UTC)
    published = now - timedelta(hours=hours_old)
    return Article(
        id=f"https://world.example/{number}",
        url=None,
        title="",
        first_seen=now,
        published=published,
        source=Outlet("W"),
    )


def test_the_limit_applies_again_in_the_next_period(registry: Registry, clock: Traveller) -> None:
    limit = Limit(registry, count=2, per="6h")
    assert limit.passes(1, 2, 3) == [1, 2]
    clock.move_to(NOON + timedelta(hours=5))
    assert limit.passes(4, 1, 2, 3) == [1, 2]
    clock.move_to(NOON + timedelta(hours=6))
    assert limit.passes(5, 6, 7) == [5, 6]


def test_an_article_that_has_passed_passes_again(registry: Registry, clock: Traveller) -> None:
    limit = Limit(registry, count=1, age="2d")
    assert limit.passes(1, 2) == [1]
    assert limit.passes(1, hours_old=1000) == [1]
    clock.move_to(NOON + timedelta(days=30))
    assert limit.passes(3, 1) == [3, 1]


def test_articles_that_are_too_old_are_dropped_and_not_counted(registry: Registry) -> None:
    limit = Limit(registry, count=1, age="2d")
    assert limit.passes(1, hours_old=49) == []
    assert limit.passes(2, hours_old=47) == [2]
    assert limit.passes(3) == []
    assert Limit(registry, age="2d").passes(*range(50)) == list(range(50))


def test_a_clock_set_back_does_not_raise_the_limit(registry: Registry, clock: Traveller) -> None:
    limit = Limit(registry, count=1)
    assert limit.passes(1) == [1]
    clock.move_to(NOON - timedelta(days=3))
    assert limit.passes(2, 1) == [1]


def test_the_state_is_bounded(registry: Registry) -> None:
    limit = Limit(registry, age="1d")
    assert limit.passes(*range(2000)) == list(range(2000))
    assert len(msgspec.json.encode(limit.state)) < 16 * 1024
    most = Limit(registry, count=1000)
    assert most.passes(*range(2000)) == list(range(1000))
    assert len(msgspec.json.encode(most.state)) < 32 * 1024


@pytest.mark.usefixtures("clock")
def test_the_reason_states_limit_and_age(registry: Registry) -> None:
    limit = Limit(registry, count=1, age="2d")
    assert limit.passes(1) == [1]
    assert [limit.function(new, limit.state, **limit.options) for new in (article(2), article(3, hours_old=72))] == [
        Drop("its source has reached the limit of 1 in 1d"),
        Drop("it was published on 2026-11-21, more than 2d ago"),
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "must be a whole number, at least 1"),
        ({"count": 1001}, "must be a whole number, at most 1000"),
        ({"per": "soon"}, 'must be a time such as "30m", "72h" or "7d"'),
        ({"age": 3}, 'must be a time such as "30m", "72h" or "7d"'),
    ],
)
def test_an_invalid_limit_is_rejected(registry: Registry, options: dict[str, Any], message: str) -> None:
    _, [problem] = registry.filters["limit"].convert(options)
    assert problem.allowed == message
