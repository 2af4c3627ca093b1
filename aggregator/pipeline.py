"""One run, from the configuration to the report.

    select ─► collect ─► normalise ─► identify ─► filter ─► store ─┐   one transaction per source, as each one finishes
                                                                   ▼
    report ◄─ emit ◄─ edition ◄─────────────────── store ◄─ group ─┘   once, after all sources

Grouping follows all sources, so that stories do not depend on which publisher answers first. It does not wait for slow
sources: while none finishes, the stored articles are grouped. The next run groups what a killed run left ungrouped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from aggregator.config.settings import LIST_PLUGIN, Config
from aggregator.delivery.run import Deliveries
from aggregator.editions.publish import Destination, Publisher
from aggregator.editions.revisions import revise_stories
from aggregator.editions.select import subscriptions_of
from aggregator.editions.write import replace_output
from aggregator.errors import AggregateError
from aggregator.grouping.group import group, grouping_of, import_ahead
from aggregator.grouping.types import GroupingContext, NewArticle
from aggregator.ingest.identify import SourceArticles, identify
from aggregator.ingest.select import select
from aggregator.pictures.copy import copy_pictures
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.run import ReportProgress, Run, RunOptions
from aggregator.scheduling.alerts import select_alerts
from aggregator.scheduling.state import Source, SourceState
from aggregator.store import Store, SupersededError

if TYPE_CHECKING:  # what a run in which no source is due does not need is imported where it is used: it starts faster
    from aggregator.ingest.collect import Collected
    from aggregator.ingest.filters import FilterChain
    from aggregator.ingest.normalise import Batch
    from aggregator.ingest.outcome import Outcomes
    from aggregator.ingest.session import Collection, IngestSession
    from aggregator.runtime.worker_start import StartedWorker

GROUPING_BATCH = 50_000
"""How many articles are grouped at once, oldest first, to bound the memory."""


def run_once(config: Config, registry: Registry, options: RunOptions, progress: ReportProgress) -> Report:
    """Do one run. The failures of sources and outputs are in the report.

    Raises LockedError, StoreError, ConfigError.
    """
    open_store = Store.open_copy if options.dry_run else Store.open_locked
    with open_store(config.store) as store:
        run = Run(config, registry, store, options, progress)
        if not options.offline:
            if options.collect:
                with run.timed("collect"):
                    _ingest(run)
            alert(run)
        group_and_publish(run)
    return end_run(run)


def group_and_publish(run: Run) -> None:
    """Do what follows collecting, from grouping to deleting what is no longer kept."""
    with run.timed("group"):
        _group(run)
    with run.timed("publish"):
        _publish(run)
    run.store.prune(before=run.now - run.config.keep)


def end_run(run: Run) -> Report:
    """Complete the report, and pass it to the plugins. The store is closed by now."""
    run.report.seconds = round(time.monotonic() - run.started, 3)
    run.registry.run_finished(run.report)
    return run.report


def _ingest(run: Run) -> None:
    """Collect from the sources that are due, then from the feeds that subscription lists among them added."""
    known = {source.settings.key for source in run.sources}
    _ingest_sources(run, select(run.sources, run.report, run.options.names, force=run.options.force))
    added = [source for source in run.sources if source.settings.key not in known]
    if added and not run.options.names:
        _ingest_sources(run, select(added, run.report))


def _ingest_sources(run: Run, sources: Sequence[Source]) -> None:
    if sources:
        from aggregator.ingest.converter import started_converters

        with started_converters(sources, run.registry, run.config.http.timeout.total_seconds()) as converters:
            import asyncio  # and with it the HTTP client: a fifth of the time of a run in which no source is due

            asyncio.run(_ingest_concurrently(run, sources, converters))
        run.reload_sources()


async def _ingest_concurrently(run: Run, sources: Sequence[Source], converters: Sequence[StartedWorker]) -> None:
    from aggregator.ingest.session import open_session
    from aggregator.runtime.signals import cancel_on_sigterm

    rules = run.store.retry_after_rules()
    with cancel_on_sigterm():
        async with open_session(run.config, run.registry, rules, run.report.fail) as session:
            session.use_converters(converters)
            await ingest(run, session, sources, lull=partial(_group, run))


async def ingest(
    run: Run, session: IngestSession, sources: Sequence[Source], lull: Callable[[], None] | None = None
) -> None:
    """Collect from these sources, and store the result of each. `lull`: groups what is stored, in the time in which
    only slow sources remain."""
    from aggregator.ingest.outcome import Outcomes

    outcomes = Outcomes(run.report, total=len(sources), named=bool(run.options.names))
    async with session.collecting(sources, run.now) as collection:
        async for collected in collection.answers:
            if collected and collected.parts:
                await collection.tasks.start(_ingest_one(run, collection, outcomes, collected, groups=bool(lull)))
            elif collected:
                _count(run, outcomes, await session.normalise(collected))
                _finish(run, session, outcomes)
            elif lull and not collection.tasks.busy:
                await session.in_thread(lull)
    run.store.save_states(outcomes.states)
    outcomes.report_failures(sources)


async def _ingest_one(
    run: Run, collection: Collection, outcomes: Outcomes, collected: Collected, *, groups: bool
) -> None:
    """Process the result of one source, from normalising to the store. `groups`: this process groups the articles."""
    session = collection.session
    try:
        batch = await session.normalise(collected)
        async with session.storing:
            if state := _count(run, outcomes, batch):
                with suppress(SupersededError):  # another worker has stored the same
                    await _store(run, collection.filters, outcomes, batch, state)
                if groups and run.report.articles.new:
                    import_ahead()
            _finish(run, session, outcomes)
    finally:
        collected.release()


def _count(run: Run, outcomes: Outcomes, batch: Batch) -> SourceState | None:
    """Add the result of a source to the outcomes. Returns its new state if that is to be stored with articles."""
    from aggregator.ingest.outcome import new_state

    if batch.was_skipped:
        outcomes.count_skipped(batch)
        return None
    state = new_state(batch, run.now, by_hand=run.options.by_hand)
    outcomes.count(batch, state)
    if batch.converted.articles:
        return state
    outcomes.states.append(state)
    return None


def _finish(run: Run, session: IngestSession, outcomes: Outcomes) -> None:
    run.store.save_retry_after(session.rules.take_changes())
    run.progress(outcomes.done, outcomes.total)


async def _store(run: Run, filters: FilterChain, outcomes: Outcomes, batch: Batch, state: SourceState) -> None:
    """identify → filter → store: only articles that are new or have changed are unpacked."""
    from aggregator.ingest.converted import unpack
    from aggregator.ingest.outcome import postponed_state

    store, articles = run.store, batch.converted.articles
    is_new = batch.source.state.last_try is None  # the store has no articles of the source
    fingerprints = [article.fingerprint for article in articles]
    unchanged = set() if is_new else store.unchanged(state, fingerprints, filters.digest)
    fetched, junk = unpack(article for article in articles if article.fingerprint not in unchanged)
    if fetched and not state.language:
        state = msgspec.structs.replace(state, language=batch.converted.detected_language)
    candidates = store.match_candidates(state, fetched, unchanged) if fetched and not is_new else []
    identified = identify(fetched, candidates, state.home)
    filtered = await filters.filter(identified, state.name or "", state.filter_memory)
    if filtered.postponed:
        state = postponed_state(batch.source.state, state)
    state = msgspec.structs.replace(state, filter_memory=filtered.memory)
    listed = SourceArticles(identified=filtered.kept, dropped=filtered.dropped, unchanged=unchanged)
    saved = store.save(state, listed, filters.digest, run.now)
    outcomes.count_articles(batch.source, listed, new=saved.new, updated=saved.updated, junk=junk)


def alert(run: Run) -> None:
    """Select the failing sources to report."""
    verbose = bool(run.options.names) or run.report.every_source_failed
    reported = select_alerts(run.sources, run.report, run.config.patience, verbose=verbose)
    run.store.save_reported(reported, run.now, before=run.now - run.config.keep)


def _group(run: Run) -> None:
    """Group the articles without a story: those of this run, and those that a killed run left."""
    with grouping_of(run.store.count_to_group()):
        while new := run.store.articles_to_group(GROUPING_BATCH, run.config.ungrouped):
            _group_batch(run, new)


def _group_batch(run: Run, new: Sequence[NewArticle]) -> None:
    store, config, registry = run.store, run.config, run.registry
    dates = [datetime.fromtimestamp(one.time, UTC) for one in new]
    grouping = group(
        new,
        GroupingContext(
            grouped=store.grouped_near(dates, config.stories.window, config.ungrouped),
            lookup=store.wordings,
            stories=store.grouped_stories,
            decisions=store.decisions(),
            vote=registry.same_story if registry.has_votes else None,
            articles=store.by_key,
            frequencies=store.frequencies(),
            storylines=partial(store.storyline_context, dates) if config.stories.enabled else None,
        ),
        config.stories,
    )
    new_stories, changed = store.save_grouping(grouping, config.stories.window, run.now, new)
    run.report.articles.duplicates += sum(1 for one in grouping.placements if one.duplicate_of is not None)
    run.report.stories.new += len(new_stories)
    run.report.stories.updated += len(changed - run.new_stories)
    run.new_stories |= new_stories


def _publish(run: Run) -> None:
    """Make the edition of each output, and write the files that have changed.

    The failure of an output is added to the report, and does not affect the others.
    """
    revise_stories(run.store, run.now)
    deliveries = Deliveries(run)
    write = None if run.options.dry_run else replace_output
    copied = partial(
        copy_pictures,
        store=run.store,
        settings=None if run.options.offline else run.config.http,
        report=run.report,
        open_permits=run.open_permits,
    )
    destination = Destination(write, copied, deliveries, postponed=lambda: run.report.pictures.postponed)
    publisher = Publisher(run.config, run.registry, run.store, run.now, destination)
    subscriptions = subscriptions_of(source for source in run.sources if source.settings.plugin != LIST_PLUGIN)
    for output in run.config.outputs:
        try:
            run.report.outputs.append(publisher.publish(output, subscriptions))
        except AggregateError as error:
            run.report.fail(output.location, str(error))
            run.report.output_failed = True
    deliveries.deliver()
    run.store.forget_outputs(output.key for output in run.config.outputs)
    for name, failure in run.registry.vote_failures.items():  # of the hooks `same_story` and `rank`
        run.report.fail(name, failure)
