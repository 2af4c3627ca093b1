"""Worker processes are started early only if they will be needed: the more, the more sources are new."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from aggregator.ingest.converter import started_converters
from aggregator.runtime import worker_start
from aggregator.runtime.worker_start import MAX_WORKERS, MIN_CALLS

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PLUGINS = {"feed": SimpleNamespace(is_shipped=True), "mine": SimpleNamespace(is_shipped=False)}
REGISTRY: Any = SimpleNamespace(find=lambda kind, name: PLUGINS.get(name))


def source(plugin: str = "feed", last_full: datetime | None = None) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(plugin=plugin), state=SimpleNamespace(last_full=last_full))


@pytest.mark.parametrize(
    ("sources", "processors", "expected"),
    [
        (MIN_CALLS, 8, 1),
        (2 * MIN_CALLS, 8, 2),
        (2 * MIN_CALLS, 1, 1),
        (50 * MIN_CALLS, 2, 2),
        (50 * MIN_CALLS, 8, MAX_WORKERS),
    ],
)
def test_many_sources_that_were_never_read_start_some(
    monkeypatch: pytest.MonkeyPatch, sources: int, processors: int, expected: int
) -> None:
    monkeypatch.setattr(worker_start, "processors", lambda: processors)
    with started_converters([source()] * sources, REGISTRY, 20) as workers:
        assert [worker.process.poll() for worker in workers] == [None] * expected
    assert None not in [worker.process.poll() for worker in workers]


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
    with started_converters(sources, REGISTRY, 20) as workers:
        assert workers == []
