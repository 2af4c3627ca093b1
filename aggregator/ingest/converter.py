"""Starts the worker processes that convert answers, while this process still imports the HTTP client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress

from aggregator.plugin.registry import Registry
from aggregator.runtime.worker_start import StartedWorker, start_worker, workers_for
from aggregator.scheduling.state import Source

MODULES = ("aggregator.ingest.convert", "aggregator.feeds.parse", "aggregator.feeds.xml_parser")
"""What a worker process imports before its first call."""


@contextmanager
def started_converters(
    sources: Sequence[Source], registry: Registry, timeout: float
) -> Iterator[Sequence[StartedWorker]]:
    """Start the worker processes that are needed since many of these sources were never read. They end with the
    context. `timeout`: of their calls, in seconds."""
    with ExitStack() as stack:
        workers: list[StartedWorker] = []
        with suppress(OSError):  # it is tried again for the first call
            for _ in range(workers_for(_count_unread(sources, registry))):
                workers.append(stack.enter_context(closing(start_worker(timeout, MODULES))))
        yield workers


def _count_unread(sources: Sequence[Source], registry: Registry) -> int:
    """Return how many of the sources were never read, without those of plugins that may yield nothing to convert."""
    counts = Counter(source.settings.plugin for source in sources if source.state.last_full is None)
    plugins = {name: registry.find("source", name) for name in counts}
    return sum(counts[name] for name, plugin in plugins.items() if plugin and plugin.is_shipped)
