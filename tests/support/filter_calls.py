"""Calls a shipped filter as a run does: with its options converted from those of a configuration."""

from __future__ import annotations

from typing import Any

import pytest

from aggregator import Article
from aggregator.plugin.loader import load_plugins
from aggregator.plugin.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_plugins([])


def apply_filter(registry: Registry, name: str, options: dict[str, Any], article: Article) -> Any:
    """Return the result of a filter for an article."""
    plugin = registry.filters[name]
    converted, problems = plugin.convert(options)
    assert problems == []
    return plugin.function(article, **converted)
