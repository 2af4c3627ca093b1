"""The worker process is started early only if it will be needed."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from aggregator.ingest.converter import started_converter
from aggregator.runtime.worker_start import MIN_CALLS

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PLUGINS = {"feed": SimpleNamespace(is_shipped=True), "mine": SimpleNamespace(is_shipped=False)}
REGISTRY: Any = SimpleNamespace(find=lambda kind, name: PLUGINS.get(name))


def source(plugin: str = "feed", last_full: datetime | None = None) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(plugin=plugin), state=SimpleNamespace(last_full=last_full))


def test_many_sources_that_were_never_read_start_it() -> None:
    with started_converter([source()] * MIN_CALLS, REGISTRY, 20) as converter:
        assert converter
        assert converter.process.poll() is None
    assert converter.process.poll() is not None


@pytest.mark.parametrize(
    "sources",
    [
        [source()] * (MIN_CALLS - 1),
        [source(last_full=NOW)] * MIN_CALLS,
        [source("mine")] * MIN_CALLS,  # whose items may need no conversion in a worker process
        [source("missing")] * MIN_CALLS,
    ],
)
def test_others_do_not(sources: list[Any]) -> None:
    with started_converter(sources, REGISTRY, 20) as converter:
        assert converter is None
