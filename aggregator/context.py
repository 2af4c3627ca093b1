"""Gives verbs the configuration, the plugins and the store, each loaded on first use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.config.settings import Config
    from aggregator.plugin.registry import Registry
    from aggregator.scheduling.state import Source
    from aggregator.store import Store


LOCK_PATIENCE = 30.0
"""Seconds that a correction waits for the lock of a database."""


def default_config() -> Path:
    """Return the configuration file that is used without `--config`."""
    return Path(os.environ.get("AGGREGATE_CONFIG") or "config.toml")


class Context:
    """The object of a command (`@click.pass_obj`). `config_path`: the configuration file; `debug`: show tracebacks."""

    def __init__(self, config_path: Path, debug: bool = False) -> None:
        self.config_path = config_path
        self.debug = debug

    @cached_property
    def _config_and_problems(self) -> tuple[Config, list[str]]:
        from aggregator.config.load import read

        return read(self.config_path)

    @property
    def unchecked_config(self) -> Config:
        """The configuration, without a check of its plugins. Raises ConfigError."""
        config, problems = self._config_and_problems
        if problems:
            raise ConfigError(problems)
        return config

    @cached_property
    def registry(self) -> Registry:
        """All plugins; without those in configured folders if the configuration cannot be read."""
        from aggregator.plugin.loader import load_plugins

        try:
            return load_plugins(self._config_and_problems[0].plugins)
        except ConfigError:
            return load_plugins(())

    @property
    def plugin_folders(self) -> tuple[Path, ...]:
        """The plugin folders of the configuration, read without the rest of it: `--help` must be fast."""
        import tomllib

        try:
            folders = tomllib.loads(self.config_path.read_text(encoding="utf-8")).get("plugins", [])
            return tuple(self.config_path.absolute().parent / Path(folder).expanduser() for folder in folders)
        except (OSError, ValueError, TypeError, RuntimeError):
            return ()

    @cached_property
    def config(self) -> Config:
        """The checked configuration. Tables of plugins that failed to load are accepted, and fail when they are used.

        Raises ConfigError with every mistake.
        """
        config, problems = self.config_with_mistakes(lenient=True)
        if problems:
            raise ConfigError(problems)
        return config

    def known_sources(self) -> list[Source]:
        """The sources with the names that were learned, and the subscription lists in files: all that a user may name.

        Creates no store. Raises ConfigError, StoreError.
        """
        from aggregator.scheduling.state import Source

        config = self.unchecked_config
        if config.store.exists():
            with self.store() as store:
                sources = store.sources(config)
        else:
            sources = [Source.new(settings) for settings in config.sources]
        return [*sources, *map(Source.new, config.lists)]

    def config_with_mistakes(self, *, lenient: bool = False) -> tuple[Config, list[str]]:
        """Return the valid part of the configuration, and every mistake in it. Raises ConfigError if it is not TOML.

        `lenient`: accept tables of plugins that failed to load.
        """
        from aggregator.config.validate import check

        config, problems = self._config_and_problems
        return config, problems + check(config, self.registry, lenient=lenient)

    def store(self) -> Store:
        """Open the store, as a context manager. Raises StoreError."""
        from aggregator.store import Store

        return Store.open(self.unchecked_config.store)

    @contextmanager
    def locked_store(self) -> Iterator[Store]:
        """Open the store and hold its lock, so that no run starts meanwhile. Raises StoreError or LockedError.

        In PostgreSQL, it waits while a worker publishes.
        """
        from aggregator.store import Store

        with Store.open_locked(self.unchecked_config.store, LOCK_PATIENCE) as store:
            yield store
