"""One run, from the configuration to the report.

    select ─► collect ─► normalise ─► identify ─► filter ─► store ─┐   one transaction per source, as each one finishes
                                                                   ▼
    report ◄─ emit ◄─ edition ◄─────────────────── store ◄─ group ─┘   once, after all sources

Grouping comes after all sources, so that stories do not depend on which publisher answers first. Only slow sources are
not waited for: in a lull, what is stored is grouped. What a killed run stored and did not group, the next run groups.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from aggregator.config.settings import Config
from aggregator.editions.publish import publish
from aggregator.grouping.group import group
from aggregator.grouping.types import GroupingContext, NewArticle
from aggregator.ingest.convert import unpack
from aggregator.ingest.identify import Snapshot, identify
from aggregator.ingest.outcome import Outcomes, new_state
from aggregator.ingest.select import select
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.run import ReportProgress, Run, RunOptions
from aggregator.runtime.lock import run_lock
from aggregator.scheduling.alerts import select_alerts
from aggregator.scheduling.state import Source, SourceState
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.ingest.collect import Collected
    from aggregator.ingest.normalise import Batch
    from aggregator.ingest.session import IngestSession

GROUPED_AT_ONCE = 100_000
"""How many articles are grouped at once, oldest first, to bound the memory."""


def run_once(config: Config, registry: Registry, options: RunOptions, progress: ReportProgress) -> Report:
    """Do one run. The failures of sources and outputs are in the report.

    Raises LockedError, StoreError, ConfigError.
    """
    began = time.monotonic()
    with run_lock(config.store), _open_store(config, options) as store:
        run = Run(config, registry, store, options, progress)
        if not options.offline:
            _ingest(run)
            _alert(run)
        _group(run)
        shown = publish(run)
        store.prune(before=run.now - config.keep, shown=shown)
    run.report.seconds = round(time.monotonic() - began, 3)
    registry.run_finished(run.report)
    return run.report


def _ingest(run: Run) -> None:
    """Collect from the sources that are due, then from the feeds that subscription lists among them have added."""
    known = {source.settings.key for source in run.sources}
    _ingest_sources(run, select(run.sources, run.report, run.options.names, force=run.options.force))
    run.reload_sources()
    added = [source for source in run.sources if source.settings.key not in known]
    if added and not run.options.names:
        _ingest_sources(run, select(added, run.report))
        run.reload_sources()


def _ingest_sources(run: Run, sources: Sequence[Source]) -> None:
    if sources:
        import asyncio  # and with it the HTTP client: a fifth of the time of a run in which no source is due

        asyncio.run(_ingest_concurrently(run, sources))


async def _ingest_concurrently(run: Run, sources: Sequence[Source]) -> None:
    from aggregator.ingest.session import open_session

    outcomes = Outcomes(run.report, named=bool(run.options.names))
    async with open_session(sources, run.config, run.registry, run.store.holds(), run.report) as session:
        async for collected in session.answers:
            if collected:
                await session.tasks.start(_ingest_one(run, session, outcomes, collected))
                run.progress(outcomes.done, len(sources))
            elif not session.tasks.busy:  # a lull: only slow sources are left
                await session.in_thread(partial(_group, run))
    run.store.keep_states(outcomes.states)
    outcomes.report_failures(sources)


async def _ingest_one(run: Run, session: IngestSession, outcomes: Outcomes, collected: Collected) -> None:
    """Take what one source gave through the stages from normalising to the store."""
    batch = await session.normalise(collected)
    async with session.storing:
        if batch.was_skipped:
            outcomes.count_skipped(batch)
        else:
            state = new_state(batch, run.now)
            outcomes.count(batch, state)
            if batch.converted.articles:
                await _store(run, session, outcomes, batch, state)
        run.store.keep_holds(session.holds.take_changes())


async def _store(run: Run, session: IngestSession, outcomes: Outcomes, batch: Batch, state: SourceState) -> None:
    """identify → filter → store: only articles that are new or have changed are unpacked."""
    store, articles, filters = run.store, batch.converted.articles, session.filters
    is_new = batch.source.state.last_try is None  # the store has no articles of it
    fingerprints = [article.fingerprint for article in articles]
    unchanged = set() if is_new else store.unchanged(state, fingerprints, filters.digest)
    sightings, junk = unpack(article for article in articles if article.fingerprint not in unchanged)
    if sightings and not state.language:
        state = msgspec.structs.replace(state, language=batch.converted.detected_language)
    known = store.known(state, sightings, unchanged) if sightings and not is_new else []
    identified = identify(sightings, known, state.home)
    filtered = await filters.filter(identified, state.name or "", state.filter_memory)
    state = msgspec.structs.replace(state, filter_memory=filtered.memory)
    snapshot = Snapshot(identified=filtered.kept, dropped=filtered.dropped, unchanged=unchanged)
    saved = store.save(state, snapshot, filters.digest, run.now)
    outcomes.count_articles(snapshot, new=saved.new, updated=saved.updated, junk=junk)


def _alert(run: Run) -> None:
    """Decide which failing sources are reported."""
    verbose = bool(run.options.names) or run.report.every_source_failed
    reported = select_alerts(run.sources, run.report, run.config.patience, verbose=verbose)
    run.store.keep_health(reported, run.now, before=run.now - run.config.keep)


def _group(run: Run) -> None:
    """Group the articles that have no story yet: those of this run, and those that a killed one left."""
    while new := run.store.unplaced(GROUPED_AT_ONCE, run.config.ungrouped):
        _place(run, new)
    for name, failure in run.registry.vote_failures.items():
        run.report.fail(name, failure)


def _place(run: Run, new: Sequence[NewArticle]) -> None:
    store, config, registry = run.store, run.config, run.registry
    grouping = group(
        new,
        GroupingContext(
            grouped=store.placed_near([one.article.order for one in new], config.stories.window, config.ungrouped),
            lookup=store.by_key,
            decisions=store.decisions(),
            vote=registry.same_story if registry.has_votes else None,
            frequencies=store.frequencies(),
        ),
        config.stories,
    )
    founded, changed = store.place(grouping, config.stories.window, run.now)
    run.report.articles.duplicates += sum(1 for placed in grouping.placements if placed.duplicate_of is not None)
    run.report.stories.new += len(founded)
    run.report.stories.updated += len(changed - run.new_stories)
    run.new_stories |= founded


@contextmanager
def _open_store(config: Config, options: RunOptions) -> Iterator[Store]:
    """The store; for a dry run, a temporary copy of it."""
    if not options.dry_run:
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
