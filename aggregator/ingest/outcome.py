"""Derive a source's new state, and its part of the report, from what was collected."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from aggregator.errors import AggregateError, FailureKind, FetchError
from aggregator.ingest.converted import Converted, content_hash, source_name
from aggregator.ingest.identify import SourceArticles
from aggregator.report import Report, SourceVisit
from aggregator.scheduling.back_off import failure_kind
from aggregator.scheduling.due import due_after_failure_by_hand, next_due
from aggregator.scheduling.publisher_hints import Hints, hints_of
from aggregator.scheduling.rhythm import Rhythm, learn, learn_change
from aggregator.scheduling.state import Source, SourceState

if TYPE_CHECKING:
    from aggregator.ingest.normalise import Batch
from aggregator.text.secrets import redact

GONE = 410


def new_state(batch: Batch, now: datetime, *, by_hand: bool = False) -> SourceState:
    """Return the state of the source after it was collected at `now` with this result.

    Without a network, its state stays the same, and it is still due. So it is if a request was postponed.
    `by_hand`: somebody asked for it, due or not: a failure does not count for the back-off.
    """
    source, channel, error = batch.source, batch.converted.channel, batch.error
    before = source.state
    if isinstance(error, FetchError) and error.kind == FailureKind.OFFLINE:
        return before
    state = msgspec.structs.replace(before, last_try=now, name=source_name(source.settings, channel, before.name))
    if channel and channel.url:
        state = msgspec.structs.replace(state, home=channel.url)
    if batch.was_postponed:
        return postponed_state(before, state)
    if error:
        state = _failed(state, error, batch, now)
        if by_hand:
            return _failed_by_hand(before, state, now, source.settings.every)
    else:
        state = _succeeded(state, batch, now, source.settings.request_digest)
    return msgspec.structs.replace(state, next_due=next_due(state, source.settings.every))


def postponed_state(before: SourceState, after: SourceState) -> SourceState:
    """Return the state of a source of which only a part was stored, since a request was postponed: it is due at once,
    and its next answer is a full one. `after`: what its state would be otherwise."""
    name, home, language = after.name, after.home, after.language
    return msgspec.structs.replace(
        before, last_try=after.last_try, next_due=None, name=name, home=home, language=language
    )


def _failed(state: SourceState, error: AggregateError, batch: Batch, now: datetime) -> SourceState:
    source_urls = (state.moved_to or state.address, batch.collected.moved_to)
    fetch_error = error if isinstance(error, FetchError) else None
    wait = fetch_error.retry_after if fetch_error else None
    kind = failure_kind(error)
    if kind == FailureKind.PARSE and batch.converted.articles:
        state = msgspec.structs.replace(state, last_full=now, rhythm=_rhythm(state.rhythm, batch.converted, now))
        kind = FailureKind.PARTIAL
    return msgspec.structs.replace(
        state,
        failures=state.failures + 1,
        kind=kind,
        error=redact(str(error)),
        failing_since=min(state.failing_since or now, now),  # the clock may have been ahead
        retry_at=now + timedelta(seconds=wait) if wait else None,
        hints=msgspec.structs.replace(state.hints, as_browser=False),  # the server may want another `Accept` by now
        # The 410 of another URL that the source requested does not concern the source itself.
        gone=fetch_error is not None and fetch_error.status == GONE and fetch_error.url in source_urls,
    )


def _failed_by_hand(before: SourceState, after: SourceState, now: datetime, every: timedelta | None) -> SourceState:
    """Return the state after a failure that counts neither for the back-off nor as a 410. `after`: as if it did."""
    due = due_after_failure_by_hand(before, now, every)
    return msgspec.structs.replace(after, failures=before.failures, next_due=due, gone=after.gone and before.gone)


def _succeeded(state: SourceState, batch: Batch, now: datetime, options: bytes) -> SourceState:
    collected, converted = batch.collected, batch.converted
    hints = hints_of(converted.channel, collected.max_age)
    if collected.not_modified:
        hints = _refreshed(state.hints, collected.max_age)
    hints = msgspec.structs.replace(hints, as_browser=collected.as_browser)
    return msgspec.structs.replace(
        state,
        moved_to=collected.moved_to or state.moved_to,
        options=options + (collected.validators.address or b""),
        etag=collected.validators.etag,
        last_modified=collected.validators.last_modified,
        memory=batch.memory,
        empty_answers=_empty_answers(state, batch),
        last_success=now,
        last_full=state.last_full if collected.not_modified else now,
        retry_at=None,
        rhythm=_rhythm(state.rhythm, converted, now),
        subscriptions=state.subscriptions if collected.not_modified else _subscriptions(converted),
        hints=hints,
        failures=0,
        kind=None,
        error=None,
        failing_since=None,
        reported_at=None,
        gone=False,
    )


def _empty_answers(state: SourceState, batch: Batch) -> int:
    if batch.collected.not_modified:
        return state.empty_answers
    return 0 if batch.converted.articles or batch.converted.subscriptions else state.empty_answers + 1


def _refreshed(hints: Hints, max_age: float | None) -> Hints:
    """Return the hints after a 304, whose headers replace those of the stored answer (RFC 9110, 15.4.5)."""
    return hints if max_age is None else msgspec.structs.replace(hints, fresh=max_age)


def _subscriptions(converted: Converted) -> str | None:
    return msgspec.json.encode(converted.subscriptions).decode() if converted.subscriptions else None


def _rhythm(rhythm: Rhythm, converted: Converted, now: datetime) -> Rhythm:
    if converted.dates:
        return learn(rhythm, converted.dates, now)
    current_hash = converted.content_hash
    if current_hash is None and converted.subscriptions:
        current_hash = content_hash(subscription.feed or subscription.name for subscription in converted.subscriptions)
    return learn_change(rhythm, current_hash, now) if current_hash else rhythm


def _outcome(batch: Batch) -> str:
    if batch.was_postponed:
        return "skipped"
    if batch.error:
        return "failed"
    return "unchanged" if batch.collected.not_modified else "fetched"


class Outcomes:
    """Adds the outcome of each source to the report.

    `total`, `done`: number of sources, and of those counted; `named`: whether the sources were named on the command
    line; `states`: of the sources that yielded no articles, to be stored in one transaction at the end.
    """

    def __init__(self, report: Report, total: int, *, named: bool) -> None:
        self.total = total
        self.done = 0
        self.states: list[SourceState] = []
        self._report = report
        self._named = named
        self._failures: dict[str, tuple[str, str]] = {}

    def count(self, batch: Batch, state: SourceState) -> None:
        """Count a source that was collected. `state`: its new state."""
        self.done += 1
        source, sources = batch.source, self._report.sources
        visit = SourceVisit(state.name or source.name, _outcome(batch))
        self._report.visits[source.settings.key] = visit
        if batch.was_postponed:
            sources.skipped += 1
        elif batch.error:
            sources.failed += 1
            self._failures[source.settings.key] = (source.name, str(batch.error))
        elif batch.collected.not_modified:
            sources.unchanged += 1
        else:
            sources.fetched += 1
        self._report.articles.junk += batch.converted.junk
        if state.is_empty and not source.state.is_empty:
            self._report.fail(
                source.name,
                f"the last {state.empty_answers} answers held no article; see `aggregate preview`: if the source is a "
                "web page, its markup may have changed",
            )

    def count_articles(self, source: Source, listed: SourceArticles, *, new: int, updated: int, junk: int) -> None:
        """Count the articles of a source that were stored or dropped."""
        articles = self._report.articles
        visit = self._report.visits[source.settings.key]
        visit.new, visit.updated = new, updated
        articles.new += new
        articles.updated += updated
        articles.dropped += len(listed.dropped)
        articles.junk += junk
        articles.rematched += sum(1 for article in listed.identified if article.by_content)

    def count_skipped(self, batch: Batch) -> None:
        """Count a source that no request was sent to, and report why if it was named."""
        self.done += 1
        if isinstance(batch.error, FetchError) and batch.error.kind == FailureKind.OFFLINE:
            self._report.sources.failed += 1
            self._report.fail("network", str(batch.error))
            return
        self._report.sources.skipped += 1
        if self._named:
            self._report.fail(batch.source.name, str(batch.error))

    def report_failures(self, sources: Iterable[Source]) -> None:
        """Report the failures, in the order of these sources."""
        for source in sources:
            if failure := self._failures.get(source.settings.key):
                self._report.fail_source(source.settings.key, *failure)
