"""The status of an installation in the text format of Prometheus.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format, version 0.0.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aggregator.errors import ConfigError
from aggregator.inspect.status import Status


def metrics(status: Status) -> str:
    """Return the metrics, all of which are gauges. Raises ConfigError if the library is not installed."""
    try:
        from prometheus_client import CollectorRegistry, Gauge, generate_latest
    except ImportError:
        raise ConfigError(["metrics need prometheus-client: pip install 'aggregate-news[postgresql]'"]) from None
    registry = CollectorRegistry()
    for name, help_, value in _values(status):
        Gauge(f"aggregate_{name}", help_, registry=registry).set(value)
    for name, help_, label, values in _labelled_values(status):
        gauge = Gauge(f"aggregate_{name}", help_, [label], registry=registry)
        for key, value in values.items():
            gauge.labels(key).set(value)
    return generate_latest(registry).decode()


def _values(status: Status) -> Iterable[tuple[str, str, float]]:
    sources, grouping, jobs = status.sources, status.grouping, status.jobs
    yield "sources", "Sources that are collected.", sources.total
    yield "sources_due", "Sources that are due.", sources.due
    yield "sources_overdue", "Sources that have been due for more than five minutes.", sources.overdue
    yield "sources_oldest_due_seconds", "How long the first of them has been due.", sources.oldest_due
    yield "sources_gone", "Sources that have answered 410.", sources.gone
    yield "sources_silent", "Sources without new articles for far longer than usual.", sources.silent
    yield "sources_empty", "Sources whose answers hold no article.", sources.empty
    yield "articles_ungrouped", "Articles that wait for grouping.", grouping.waiting
    yield "grouping_lag_seconds", "How long the first of them has waited.", grouping.lag
    yield "store_bytes", "Size of the store.", status.size
    if jobs:
        yield "workers", "Worker processes.", len(jobs.workers)
        yield "jobs_stalled", "Running jobs whose worker has stopped.", jobs.stalled


def _labelled_values(status: Status) -> Iterable[tuple[str, str, str, Mapping[str, float]]]:
    made = {output.path: output.made.timestamp() for output in status.outputs if output.made}
    yield "sources_failing", "Sources whose last attempt failed, by the kind of error.", "kind", status.sources.errors
    yield "output_made_timestamp_seconds", "When an output last changed.", "path", made
    if status.jobs:
        yield "jobs_waiting", "Jobs that no worker has begun.", "task", status.jobs.waiting
        yield "jobs_running", "Jobs that workers have begun.", "task", status.jobs.running
