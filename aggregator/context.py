"""What a verb works with: the configuration, the plugins and the store, each opened when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from aggregator.config.settings import Config
    from aggregator.plugin.registry import Registry
    from aggregator.store import Store


class Context:
    """Handed to each command (`@click.pass_obj`). `config_path`: the configuration file; `debug`: show tracebacks."""

    def __init__(self, config_path: Path, debug: bool = False) -> None:
        self.config_path = config_path
        self.debug = debug

    @cached_property
    def _read(self) -> tuple[Config, list[str]]:
        from aggregator.config.load import read

        return read(self.config_path)

    @property
    def settings(self) -> Config:
        """The configuration, its plugins' options not yet checked. Raises ConfigError."""
        draft, problems = self._read
        if problems:
            raise ConfigError(problems)
        return draft

    @cached_property
    def registry(self) -> Registry:
        """The plugins: those installed, and those in the folders of the configuration where that can be read."""
        from aggregator.plugin.loader import load_plugins

        try:
            return load_plugins(self._read[0].plugins)
        except ConfigError:
            return load_plugins(())

    @property
    def plugin_folders(self) -> tuple[Path, ...]:
        """The folders that the configuration names, for the help, which is quick: nothing else of it is read."""
        import tomllib

        try:
            folders = tomllib.loads(self.config_path.read_text(encoding="utf-8")).get("plugins", [])
            return tuple(self.config_path.absolute().parent / Path(folder).expanduser() for folder in folders)
        except (OSError, ValueError, TypeError, RuntimeError):
            return ()

    @cached_property
    def config(self) -> Config:
        """The configuration, wholly checked, but for tables of plugins that could not be loaded: these fail by
        themselves. Raises ConfigError with every mistake."""
        return self._checked(lenient=True)

    @property
    def flawless(self) -> Config:
        """The configuration with every plugin that it names in place. Raises ConfigError with every mistake."""
        return self._checked(lenient=False)

    def _checked(self, *, lenient: bool) -> Config:
        from aggregator.config.validate import check

        draft, problems = self._read
        problems = problems + check(draft, self.registry, lenient=lenient)
        if problems:
            raise ConfigError(problems)
        return draft

    def store(self) -> Store:
        """The store, to be used in a `with` statement. Raises StoreError."""
        from aggregator.store import Store

        return Store.open(self.settings.store)

    @contextmanager
    def correcting(self) -> Iterator[Store]:
        """The store, while no run is at work. Raises StoreError, LockedError."""
        from aggregator.runtime.lock import run_lock

        with run_lock(self.settings.store), self.store() as store:
            yield store
