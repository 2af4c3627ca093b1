"""Take in what sources gave: identify, filter, and keep it, one transaction a source."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from aggregator.config.settings import Config, SourceSettings
from aggregator.errors import FailureKind, FetchError
from aggregator.http.response import Validators
from aggregator.ingest.collect import Batch, Request, request_for
from aggregator.ingest.convert import Brief, unpack
from aggregator.ingest.filters import Dropped, Filtering
from aggregator.ingest.identify import Identified, identify
from aggregator.ingest.outcome import after
from aggregator.ingest.select import Asked
from aggregator.plugin.registry import Registry
from aggregator.plugin.state import unpack_memory
from aggregator.report import Report
from aggregator.runtime.digests import digest
from aggregator.store import DroppedItem, SourceState, Store


class Intake:
    """Knows the store and the filters; is given one batch after the other."""

    def __init__(self, config: Config, registry: Registry, store: Store, filtering: Filtering, report: Report) -> None:
        self._registry = registry
        self._store = store
        self._filtering = filtering
        self._filters_digest = digest(config.filters)
        self._report = report
        self._waiting: list[SourceState] = []
        self._failures: dict[int, tuple[str, str]] = {}
        self._offline: str | None = None

    def request(self, asked: Asked) -> Request:
        """What to ask a source: where it has moved to, with the validators of its last full answer and what its plugin
        remembers, if they still count."""
        settings, state = asked.settings, asked.state
        brief = Brief(
            settings=settings,
            known_as=state.name,
            language=state.language,
            now=self._report.started,
            first=state.last_full is None,
        )
        request = request_for(brief, self._registry, state.moved_to or settings.url)
        if state.options != _what_is_asked(settings):
            return request
        validators = Validators(etag=state.etag, last_modified=state.last_modified)
        return msgspec.structs.replace(request, validators=validators, memory=unpack_memory(state.memory))

    async def take(self, asked: Asked, batch: Batch) -> None:
        """Keep what one source gave. States of sources that gave nothing wait for `finish`, to be written in one go."""
        if _was_not_asked(batch):
            self._pass_over(asked, batch)
            return
        self._count(asked, batch)
        state = after(asked, batch, self._report.started, _what_is_asked(asked.settings))
        if state.is_barren and not asked.state.is_barren:
            self._report.fail(
                asked.name,
                f"answers, but its last {state.barren} answers held no article; see `aggregate preview`: if it is read "
                "from a page, that may have changed",
            )
        if batch.given.sighted:
            await self._keep(asked, batch, state)
        else:
            self._waiting.append(state)

    def finish(self) -> None:
        """Write what waits, and report the failures in the order of the configuration."""
        self._store.keep_states(self._waiting)
        if self._offline:
            self._report.fail("network", self._offline)
        for _, (name, error) in sorted(self._failures.items()):
            self._report.fail_source(name, error)

    def _pass_over(self, asked: Asked, batch: Batch) -> None:
        """Count a source that nothing was learned of, and leave its history as it is."""
        if isinstance(batch.error, FetchError) and batch.error.kind == FailureKind.OFFLINE:
            self._report.sources.failed += 1
            self._offline = str(batch.error)
        else:
            self._report.sources.skipped += 1
            if asked.named:  # who names a source learns why it is not asked
                self._report.fail(asked.name, str(batch.error))

    def _count(self, asked: Asked, batch: Batch) -> None:
        sources = self._report.sources
        if batch.error:
            sources.failed += 1
            self._failures[batch.place] = (asked.name, str(batch.error))
        elif batch.not_modified:
            sources.unchanged += 1
        else:
            sources.fetched += 1
        self._report.articles.junk += batch.given.junk

    async def _keep(self, asked: Asked, batch: Batch, state: SourceState) -> None:
        """identify → filter → store."""
        now, given = self._report.started, batch.given
        first = asked.state.last_try is None  # nothing can be known of it
        marks = [one.fingerprint for one in given.sighted]
        present = set() if first else self._store.unchanged(state, marks, self._filters_digest)
        sightings, junk = unpack(one for one in given.sighted if one.fingerprint not in present)
        if sightings and not state.language:
            state = msgspec.structs.replace(state, language=given.language)
        known = self._store.known(state, sightings, present) if sightings and not first else []
        identified, dropped, state = await self._filter(identify(sightings, known, state.home), state)
        saved = self._store.save(state, identified, dropped, present, self._filters_digest, now)
        articles = self._report.articles
        articles.new += saved.new
        articles.updated += saved.updated
        articles.dropped += len(dropped)
        articles.junk += junk
        articles.rematched += sum(1 for one in identified if one.by_content)

    async def _filter(
        self, identified: Sequence[Identified], state: SourceState
    ) -> tuple[list[Identified], list[DroppedItem], SourceState]:
        """What the filters leave, what they drop, and the source's history with what they remember of it."""
        if not self._filtering.filters or not identified:
            return list(identified), [], state
        articles = [one.sighting.article for one in identified]
        found, memory = await self._filtering.apply(articles, state.name or "", state.filter_memory)
        kept: list[Identified] = []
        dropped: list[DroppedItem] = []
        for one, result in zip(identified, found, strict=True):
            if isinstance(result, Dropped):
                dropped.append(DroppedItem(sighting=one.sighting, filter=result.filter, reason=result.reason))
            else:
                kept.append(msgspec.structs.replace(one, sighting=one.sighting.showing(result)))
        return kept, dropped, msgspec.structs.replace(state, filter_memory=memory)


def _was_not_asked(batch: Batch) -> bool:
    """Whether there was no network, or its publisher asks for a pause."""
    return (
        isinstance(batch.error, FetchError)
        and batch.error.kind in (FailureKind.OFFLINE, FailureKind.HELD)
        and batch.given.is_empty
    )


def _what_is_asked(settings: SourceSettings) -> bytes:
    """A digest of what the answer depends on: neither the source's place among the others, nor what it is called."""
    return digest((settings.plugin, settings.url, settings.options))
