"""One run, from the configuration to the report.

    config ─► collect ─► normalise ─► identify ─► filter ─► store ─┐   one transaction a source, as each comes in
                                                                   ▼
    report ◄─ emit ◄─ edition ◄─────────────────── store ◄─ group ─┘   once, when all are in

Grouping waits until all sources are in, so that the result does not depend on which publisher answers first; but not
for those that keep everybody waiting. What a killed run stored and did not group, the next one groups.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from aggregator.cli.progress import Watch
from aggregator.config.learned_lists import with_listed
from aggregator.config.settings import Config
from aggregator.editions.publish import publish_outputs
from aggregator.grouping.group import group
from aggregator.grouping.types import Member
from aggregator.ingest.select import Asked, choose
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.runtime.lock import run_lock
from aggregator.scheduling.alerts import speak_of_the_ill
from aggregator.store import Store

GROUPED_AT_ONCE = 100_000
"""Articles that are grouped at once, those that came first before the others: it bounds the memory that a run takes."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """How a run was called. `names`: ask only these sources; the others: see `aggregate run --help`."""

    names: tuple[str, ...] = ()
    force: bool = False
    offline: bool = False
    dry_run: bool = False


def run_once(config: Config, registry: Registry, orders: Orders, watch: Watch) -> Report:
    """Do one run. What goes wrong in a source or an output is in the report.

    Raises LockedError, StoreError, ConfigError.
    """
    began = time.monotonic()
    report = Report(started=datetime.now(UTC).replace(microsecond=0))
    with run_lock(config.store), _store(config, orders) as store:
        if orders.offline:
            config = with_listed(config, store.subscriptions())
        else:
            config = _collect(config, registry, orders, store, report, watch)
            speak_of_the_ill(config, store, report, aloud=bool(orders.names) or report.every_source_failed)
        _group(config, registry, store, report)
        shown = publish_outputs(config, registry, store, report, write=not orders.dry_run)
        store.prune(before=report.started - config.keep, shown=shown)
    report.seconds = round(time.monotonic() - began, 3)
    registry.run_finished(report)
    return report


def _collect(  # noqa: PLR0913 - one step of the flow above
    written: Config, registry: Registry, orders: Orders, store: Store, report: Report, watch: Watch
) -> Config:
    """Ask the sources that are due, and then the feeds that lists among them have brought; the configuration with all
    of these."""
    listed = store.subscriptions()
    config = with_listed(written, listed)
    _ask(choose(config, store, report, orders.names, orders.force), config, registry, store, report, watch)
    listed_now = store.subscriptions()
    if listed_now == listed:
        return config
    grown = with_listed(written, listed_now)
    known = {one.key for one in config.sources}
    if not orders.names and any(one.key not in known for one in grown.sources):
        _ask(choose(grown, store, report, known=known), grown, registry, store, report, watch)
    return grown


def _ask(  # noqa: PLR0913 - one step of the flow above
    asked: list[Asked], config: Config, registry: Registry, store: Store, report: Report, watch: Watch
) -> None:
    if not asked:
        return
    from aggregator.ingest.network_loop import (
        take_in,  # with the network: a fifth of the time of a run that asks nobody
    )

    take_in(asked, config, registry, store, report, watch, partial(_group, config, registry, store, report))


def _group(config: Config, registry: Registry, store: Store, report: Report) -> None:
    """Place what has no story yet: the articles of this run, and those that a killed one left."""
    began: set[str] = set()
    while new := store.unplaced(GROUPED_AT_ONCE, config.ungrouped):
        _place(new, config, registry, store, report, began)
    for name, failure in registry.vote_failures.items():
        report.fail(name, failure)


def _place(  # noqa: PLR0913 - one step of the flow above
    new: list[Member], config: Config, registry: Registry, store: Store, report: Report, began: set[str]
) -> None:
    """Find a story for some articles. `began`: the stories that are new with this run."""
    grouping = group(
        new,
        store.placed_near([one.article.order for one in new], config.stories.window, config.ungrouped),
        config.stories,
        store.by_key,
        decisions=store.decisions(),
        vote=registry.same_story if registry.has_votes else None,
        frequencies=store.frequencies(),
    )
    report.articles.duplicates += sum(1 for one in grouping.placements if one.duplicate_of is not None)
    founded, changed = store.place(grouping, config.stories.window, report.started)
    report.stories.new += len(founded)
    report.stories.updated += len(changed - began)
    began |= founded


@contextmanager
def _store(config: Config, orders: Orders) -> Iterator[Store]:
    """The store; for a dry run a copy of it that nobody keeps."""
    if not orders.dry_run:
        with Store.open(config.store) as store:
            yield store
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "store.db"
        if config.store.exists():
            with Store.open(config.store) as store:
                store.copy_to(copy)
        with Store.open(copy) as store:
            yield store
