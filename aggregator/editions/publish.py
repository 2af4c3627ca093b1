"""Publish one output: make its edition, and write its files if anything that they depend on has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from aggregator import __version__
from aggregator.config.settings import Config, OutputSettings
from aggregator.delivery.run import Deliveries
from aggregator.editions.inputs import input_files, stat_all
from aggregator.editions.pictures import picture_urls
from aggregator.editions.rank import weights_of
from aggregator.editions.revisions import noticeable
from aggregator.editions.select import Selected, SelectedStories
from aggregator.editions.snapshot import pack_edition, unpack_edition
from aggregator.editions.write import OutputCall, WriteFile, are_intact, emit, remove_outdated, replace_output
from aggregator.model import Archive, Edition, Picture, Story, Subscription
from aggregator.model.delivery import Delivered
from aggregator.plugin.plugin import Plugin
from aggregator.plugin.registry import Registry
from aggregator.report import OutputCount
from aggregator.runtime.digests import digest
from aggregator.store import OutputState, Store, StoredEdition

CopyPictures = Callable[[Sequence[str]], dict[str, Picture]]


class Destination(msgspec.Struct, frozen=True):
    """How files, pictures and deliveries are handled. `write`: writes a file, None to count the files only;
    `copy_pictures`: returns the copies of pictures; `deliveries`: of the run, None if what outputs compose is ignored;
    `postponed`: returns how many pictures were left to the next run so far.
    The store records only what was written to the paths of the outputs."""

    write: WriteFile | None = replace_output
    copy_pictures: CopyPictures = lambda urls: {}
    deliveries: Deliveries | None = None
    postponed: Callable[[], int] = lambda: 0


class SelectedEdition(NamedTuple):
    """An edition, and what was selected for it."""

    edition: Edition
    selected: Selected

    @property
    def shown(self) -> list[str]:
        """The ids of the stories that count as shown by the output: those of its front, and the newest."""
        return [*dict.fromkeys((*self.selected.front, *(story.id for story in self.edition.newest)))]


class Publisher:
    """Publishes the outputs of a configuration. `now`: of the run."""

    def __init__(
        self, config: Config, registry: Registry, store: Store, now: datetime, destination: Destination
    ) -> None:
        self._config = config
        self._registry = registry
        self._store = store
        self._now = now
        self._copy_pictures = destination.copy_pictures
        self._write = destination.write
        self._deliveries = destination.deliveries
        self._postponed = destination.postponed
        self._persist = destination.write is replace_output
        hook = registry.rank if registry.has_ranks else None
        self._selected = SelectedStories(store, now, weights_of(config), hook)
        if self._persist:
            store.begin_outputs()

    def publish(self, output: OutputSettings, subscriptions: Sequence[Subscription]) -> OutputCount:
        """Publish one output. Raises OutputError, ConfigError, PluginError, StoreError."""
        plugin = self._registry.get("output", output.plugin)
        call = self._call(plugin, output)
        state = self._store.output_state(output.key)
        inputs = self._inputs(call, subscriptions)
        intact = plugin.is_shipped and not call.plugin.accepts("now") and state.inputs == inputs
        intact = intact and are_intact(state.files)
        if intact and state.fresh and not output.depends_on_time:
            return OutputCount(output.location, unchanged=len(state.files))
        from aggregator.editions.edition import make_edition

        selected = self._selected.of(output)
        only_lists = output.pictures != "copy" and getattr(plugin.function, "only_lists", False)
        edition = make_edition(self._config, output, selected, subscriptions, only_lists=only_lists)
        before = self._postponed()
        if output.pictures == "copy":
            edition = msgspec.structs.replace(edition, copies=self._copy_pictures(picture_urls(edition)))
        content, fresh = _content_digest(edition, selected), self._postponed() == before
        if intact and content == state.edition:
            if self._persist and fresh:
                self._store.mark_fresh(output.key)
            return OutputCount(output.location, unchanged=len(state.files))
        made = state.made if state.made and content == state.edition else self._now
        edition = msgspec.structs.replace(edition, date=made)
        if self._deliveries:
            composer = self._deliveries.composer(
                output, plugin, [*selected.front, *(story.id for story in edition.latest)]
            )
            supplied = call.supplied | composer.arguments
            call = msgspec.structs.replace(call, supplied=supplied, keep=composer.store)
        state = msgspec.structs.replace(state, edition=content, inputs=inputs, fresh=fresh)
        return self._emit(call, output, SelectedEdition(edition, selected), state)

    def rebuild(self, output: OutputSettings, stored: StoredEdition) -> OutputCount:
        """Write the files of the edition of a past day again. Raises StoreError if there is none."""
        days = [edition.day for edition in self._store.editions(output.key)]
        call = self._call(self._registry.get("output", output.plugin), output)
        return self._emit_frozen(call, output, stored, days)

    def _call(self, plugin: Plugin, output: OutputSettings) -> OutputCall:
        options = plugin.bind(output.options, output.where)
        supplied = {"config_folder": self._config.path.absolute().parent, "now": self._now, "delivered": Delivered()}
        return OutputCall(plugin=plugin, options=options, path=output.path, supplied=supplied, label=output.location)

    def _inputs(self, call: OutputCall, subscriptions: Sequence[Subscription]) -> bytes:
        """Return a digest of what the files of an output depend on, apart from its stories."""
        files = stat_all(input_files(call.plugin, call.options, self._config.path.absolute().parent))
        settings = msgspec.structs.replace(self._config, sources=(), filters=())
        sections = [(source.name, source.tags, source.weight) for source in self._config.sources]
        options = {name: str(value) for name, value in call.options.items()}
        return digest((__version__, [*files], digest(settings), sections, options, list(subscriptions)))

    def _emit(self, call: OutputCall, output: OutputSettings, made: SelectedEdition, state: OutputState) -> OutputCount:
        edition, before = made.edition, self._store.shown_by(output.key)
        keeps_archive = call.plugin.accepts("archive")
        stored = self._store.editions(output.key) if keeps_archive else []
        ended = [one for one in stored if one.day < edition.day]
        if keeps_archive:
            call = msgspec.structs.replace(call, supplied=call.supplied | {"archive": _archive(edition, ended)})
        emission = emit(call, edition, state.files, write=self._write)
        if self._persist and output.path and call.plugin.is_shipped and not keeps_archive:
            remove_outdated(state.files, emission.files, output.path.suffix)
        if ended and edition.day not in {one.day for one in stored}:
            self._emit_frozen(call, output, ended[0], [edition.day, *(one.day for one in ended)])
        count = _count_stories(emission.count, edition, before, self._now)
        if state.made and getattr(call.plugin.function, "lists_all", False):
            count.missed = self._selected.count_missed(output, state.made, _listed(edition))
        if self._persist:
            state = msgspec.structs.replace(state, made=edition.date, files=emission.files)
            shown = made.shown
            new = made.selected.whole(story for story in shown if story not in before)
            kept = _stored(output, edition) if keeps_archive and edition.stories else None
            digests = {story.id: noticeable(story) for story in new}
            self._store.save_output(output.key, state, shown, digests, kept)
        return count

    def _emit_frozen(
        self, call: OutputCall, output: OutputSettings, stored: StoredEdition, days: Iterable[Any]
    ) -> OutputCount:
        """Write the files of a day that has ended."""
        body = self._store.edition_body(output.key, stored.day)
        archive = Archive(tuple(sorted(set(days))), frozen=True)
        call = msgspec.structs.replace(call, supplied=call.supplied | {"archive": archive})
        return emit(call, unpack_edition(body or b"", self._store.picture_folder), write=self._write).count


def _archive(edition: Edition, ended: Iterable[StoredEdition]) -> Archive:
    """Return the days up to that of an edition, with their lead stories. `ended`: the days before, newest first."""
    leads = {one.day: one.lead for one in reversed([*ended])}
    leads[edition.day] = edition.stories[0].title if edition.stories else ""
    return Archive(tuple(leads), leads=tuple(leads.values()))


def _content_digest(edition: Edition, selected: Selected) -> bytes:
    """Return a digest of an edition, wherever the files of its pictures are."""

    def ids(stories: Iterable[Story]) -> list[str]:
        return [story.id for story in stories]

    frame = msgspec.structs.replace(edition, stories=(), sections=(), latest=(), older=(), subscriptions=())
    sections = [(one.name, one.label, one.language, ids(one.stories)) for one in edition.sections]
    parts = (
        frame,
        selected.front,
        sections,
        ids(edition.latest),
        ids(edition.older),
        list(edition.subscriptions),
    )
    encoded = msgspec.msgpack.encode(
        parts, enc_hook=lambda value: value.name if isinstance(value, Path) else str(value)
    )
    return hashlib.blake2b(selected.digest(edition.stories) + encoded, digest_size=16).digest()


def _stored(output: OutputSettings, edition: Edition) -> tuple[StoredEdition, bytes]:
    stored = StoredEdition(
        output=output.key,
        day=edition.day,
        made=edition.date,
        stories=len(edition.stories),
        lead=edition.stories[0].title,
    )
    return stored, pack_edition(edition)


def _listed(edition: Edition) -> set[str]:
    """Return the ids of the stories on the first and further pages of a feed. Further pages need a URL."""
    return {story.id for story in (*edition.newest, *(edition.older if edition.url else ()))}


def _count_stories(count: OutputCount, edition: Edition, before: set[str], now: datetime) -> OutputCount:
    """Add how many of the stories are new in an output, and how many were revised by this run."""
    for story in edition.newest:
        if story.id not in before:
            count.new += 1
        elif story.revised == now:
            count.revised += 1
    return count
