"""Starts the worker process that converts answers, while this process still imports the HTTP client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from aggregator.plugin.registry import Registry
from aggregator.runtime.worker_start import MIN_CALLS, StartedWorker, start_worker
from aggregator.scheduling.state import Source

MODULES = ("aggregator.ingest.convert", "aggregator.feeds.parse", "aggregator.feeds.xml_parser")
"""What the worker process imports before its first call."""


@contextmanager
def started_converter(sources: Sequence[Source], registry: Registry, timeout: float) -> Iterator[StartedWorker | None]:
    """Start the worker process if many of these sources were never read, so that it is needed; else yield None. It ends
    with the context. `timeout`: of its calls, in seconds."""
    worker = _start(timeout) if _count_unread(sources, registry) >= MIN_CALLS else None
    if worker is None:
        yield None
        return
    with closing(worker):
        yield worker


def _count_unread(sources: Sequence[Source], registry: Registry) -> int:
    """Return how many of the sources were never read, without those of plugins that may yield nothing to convert."""
    counts = Counter(source.settings.plugin for source in sources if source.state.last_full is None)
    plugins = {name: registry.find("source", name) for name in counts}
    return sum(counts[name] for name, plugin in plugins.items() if plugin and plugin.is_shipped)


def _start(timeout: float) -> StartedWorker | None:
    with suppress(OSError):  # it is tried again for the first call
        return start_worker(timeout, MODULES)
    return None
