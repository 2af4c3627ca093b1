"""The configuration of a worker, which reads it again when it changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from aggregator.config.load import files_of
from aggregator.config.settings import Config
from aggregator.context import Context
from aggregator.errors import AggregateError, ConfigError
from aggregator.jobs.collecting import setup_of
from aggregator.jobs.logs import event
from aggregator.jobs.tasks import WorkerSetup


class WorkerConfiguration:
    """The configuration file of a worker, with what it includes and the plugins in its folders."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config = context.config
        self._read = self._seen = self._states()

    def setup(self) -> WorkerSetup:
        """Return what the worker is made of. Raises ConfigError."""
        for failure in self._context.registry.failures:
            event("failure", logging.WARNING, error=failure.message)
        return setup_of(self._context.config, self._context.registry)

    def changed(self) -> WorkerSetup | None:
        """Return what the worker is made of if a file has changed since the last call, and is not being written."""
        before, self._seen = self._seen, self._states()
        if self._seen == self._read or self._seen != before:
            return None
        self._read = self._seen
        context, self._context = self._context, Context(self._context.config_path, self._context.debug)
        try:
            setup, self._config = self.setup(), self._context.config
        except AggregateError as error:
            self._context = context
            event("configuration is wrong: the old one stays in use", logging.WARNING, error=_line(error))
            return None
        self._read = self._seen = self._states()  # it may include other files now
        event("configuration has changed", sources=len(self._config.sources))
        return setup

    def _states(self) -> dict[Path, tuple[int, int, int] | None]:
        return {file: _state(file) for file in _files_of(self._config)}


def _files_of(config: Config) -> Iterator[Path]:
    yield from files_of(config)
    for folder in config.plugins:
        yield from sorted(folder.rglob("*.py"))


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:  # an editor is replacing it
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _line(error: AggregateError) -> str:
    problems = error.problems if isinstance(error, ConfigError) else (str(error),)
    more = f" (and {len(problems) - 1} more mistakes: see `aggregate check`)" if problems[1:] else ""
    return problems[0] + more
