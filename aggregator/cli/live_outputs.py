"""Makes outputs again after a change of the configuration, a plugin, a theme or the store, for `aggregate serve`."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.output import print_message
from aggregator.cli.watch import changes
from aggregator.config.settings import LIST_PLUGIN, Config
from aggregator.context import Context
from aggregator.editions.edition import output_root, publications_of
from aggregator.editions.inputs import input_files
from aggregator.editions.publish import Destination, Publisher
from aggregator.editions.select import subscriptions_of
from aggregator.editions.serve import Site
from aggregator.editions.write import WriteFile, replace_output
from aggregator.errors import AggregateError
from aggregator.pictures.copy import copy_pictures
from aggregator.plugin.registry import Registry
from aggregator.report import Report
from aggregator.store import StoreLocation, has_store

if TYPE_CHECKING:
    from aggregator.store.changes import DatabaseChanges


def keep_up_to_date(site: Site, context: Context, folder: Path) -> None:
    """Make the outputs in a folder of `folder` now, and in a thread after each change."""
    live = _LiveOutputs(site, context, folder)
    watched = changes(lambda: live.files, live.count_changes)
    next(watched)
    live.make()

    def watch() -> None:
        for _ in watched:
            live.make()

    threading.Thread(target=watch, daemon=True, name="aggregate: make outputs again").start()


class _LiveOutputs:
    """The outputs of a configuration file. `files`: those that they depend on, as of when they were last made."""

    def __init__(self, site: Site, context: Context, folder: Path) -> None:
        self.files: list[Path] = [context.config_path]
        self._database: DatabaseChanges | None = None
        self._site = site
        self._folder = folder
        self._versions = count()
        self._path, self._debug = context.config_path, context.debug

    def make(self) -> None:
        """Make the outputs whose inputs have changed. A mistake is printed, and what was made before stays."""
        context = Context(self._path, self._debug)
        try:
            config, registry = context.config, context.registry
            self.files = [*_files_of(config, registry)]
            self._follow(config.store)
            self._make(context, config, registry)
        except AggregateError as error:
            print_message(str(error))

    def count_changes(self) -> int | None:
        """Return a number that grows with each change of a store in PostgreSQL."""
        return self._database.count() if self._database else None

    def _follow(self, store: StoreLocation) -> None:
        """Notice changes of the store from now on, if it is not a file."""
        if self._database and self._database.address != store:
            self._database.close()
            self._database = None
        if self._database is None and not isinstance(store, Path):
            from aggregator.store.changes import DatabaseChanges

            self._database = DatabaseChanges(store)

    def _make(self, context: Context, config: Config, registry: Registry) -> None:
        site, root = self._site, output_root(config).resolve()
        preview, last = self._folder / str(next(self._versions)), site.preview
        if has_store(config.store):
            with context.store() as store:
                sources = store.sources(config)
                copied = partial(copy_pictures, store=store, settings=None, report=Report(datetime.now(UTC)))
                destination = Destination(_writer(preview, root), copied)
                publisher = Publisher(config, registry, store, datetime.now(UTC), destination)
                subscriptions = subscriptions_of(one for one in sources if one.settings.plugin != LIST_PLUGIN)
                for output in config.outputs:
                    publisher.publish(output, subscriptions)
        site.folder, site.publications, site.preview = root, publications_of(config), preview
        if last:
            shutil.rmtree(last, ignore_errors=True)


def _writer(preview: Path, root: Path) -> WriteFile:
    def write(target: Path, body: bytes) -> None:
        replace_output(preview / target.resolve().relative_to(root), body)

    return write


def _files_of(config: Config, registry: Registry) -> Iterator[Path]:
    """Yield the files that outputs depend on: configuration, plugins, templates, themes, a store in a file."""
    yield config.path
    if isinstance(config.store, Path):
        yield config.store
    yield from sorted({source.file for source in config.sources} - {config.path})
    for folder in config.plugins:
        yield from sorted(folder.rglob("*.py"))
    for output in config.outputs:
        if plugin := registry.outputs.get(output.plugin):
            yield from input_files(plugin, output.options, config.path.absolute().parent)
