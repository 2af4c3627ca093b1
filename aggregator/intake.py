"""Take in what sources gave: identify, filter, and keep it, one transaction a source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator.answers import Validators
from aggregator.articles import Brief, unpack
from aggregator.asked import Asked
from aggregator.collect import Batch, Request, request_for
from aggregator.errors import FetchError
from aggregator.filtering import Dropped, Filter, apply_filters
from aggregator.history import after
from aggregator.identify import Identified, identify
from aggregator.plugins import Registry
from aggregator.report import Report
from aggregator.settings import Config, SourceSettings
from aggregator.store import DroppedItem, SourceState, Store
from aggregator.text import plain


class Intake:
    """Knows the store and the filters; is given one batch after the other."""

    def __init__(
        self, config: Config, registry: Registry, store: Store, filters: Sequence[Filter], report: Report
    ) -> None:
        self._registry = registry
        self._store = store
        self._filters = filters
        self._filters_digest = digest(config.filters)
        self._report = report
        self._waiting: list[SourceState] = []
        self._failures: dict[int, tuple[str, str]] = {}
        self._offline: str | None = None

    def request(self, asked: Asked) -> Request:
        """What to ask a source: where it has moved to, with the validators of its last full answer, if they still
        count."""
        settings, state = asked.settings, asked.state
        validators = None
        if state.options == _what_is_asked(settings):
            validators = Validators(etag=state.etag, last_modified=state.last_modified)
        brief = Brief(
            settings=settings,
            known_as=state.name,
            language=state.language,
            now=self._report.started,
            first=state.last_full is None,
        )
        return request_for(brief, self._registry, state.moved_to or settings.url, validators)

    def take(self, asked: Asked, batch: Batch) -> None:
        """Keep what one source gave. States of sources that gave nothing wait for `finish`, to be written in one go."""
        if _was_not_asked(batch):
            self._pass_over(asked, batch)
            return
        self._count(asked, batch)
        state = after(asked, batch, self._report.started, _what_is_asked(asked.settings))
        if batch.given.sighted:
            self._keep(asked, batch, state)
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
        if isinstance(batch.error, FetchError) and batch.error.kind == "offline":
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

    def _keep(self, asked: Asked, batch: Batch, state: SourceState) -> None:
        """identify → filter → store."""
        now, given = self._report.started, batch.given
        first = asked.state.last_try is None  # nothing can be known of it
        marks = [one.fingerprint for one in given.sighted]
        present = set() if first else self._store.unchanged(state, marks, self._filters_digest)
        sightings, junk = unpack(one for one in given.sighted if one.fingerprint not in present)
        if sightings and not state.language:
            state = msgspec.structs.replace(state, language=given.language)
        known = self._store.known(state, sightings, present) if sightings and not first else []
        identified, dropped = self._filter(identify(sightings, known, state.home), state)
        saved = self._store.save(state, identified, dropped, present, self._filters_digest, now)
        articles = self._report.articles
        articles.new += saved.new
        articles.updated += saved.updated
        articles.dropped += len(dropped)
        articles.junk += junk
        articles.rematched += sum(1 for one in identified if one.by_content)

    def _filter(
        self, identified: Sequence[Identified], state: SourceState
    ) -> tuple[list[Identified], list[DroppedItem]]:
        if not self._filters:
            return list(identified), []
        kept: list[Identified] = []
        dropped: list[DroppedItem] = []
        for one in identified:
            result = apply_filters(
                one.sighting.article, state.name or "", self._filters, lambda line: self._report.fail("filter", line)
            )
            if isinstance(result, Dropped):
                dropped.append(DroppedItem(sighting=one.sighting, filter=result.filter, reason=result.reason))
            else:
                kept.append(msgspec.structs.replace(one, sighting=one.sighting.showing(result)))
        return kept, dropped


def _was_not_asked(batch: Batch) -> bool:
    """Whether there was no network, or its publisher asks for a pause."""
    return isinstance(batch.error, FetchError) and batch.error.kind in ("offline", "held") and batch.given.is_empty


def _what_is_asked(settings: SourceSettings) -> bytes:
    """A digest of what the answer depends on: neither the source's place among the others, nor what it is called."""
    return digest((settings.plugin, settings.url, settings.options))


def digest(settings: Any) -> bytes:
    """16 bytes that change with the settings."""
    encoded = msgspec.json.encode(settings, enc_hook=_plain, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=16).digest()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Path) else plain(repr(value))
