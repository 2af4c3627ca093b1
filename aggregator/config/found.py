"""Collects the problems that checks of a configuration find."""

from __future__ import annotations

from aggregator.config.settings import Config, FilterSettings, OutputSettings, SourceSettings
from aggregator.config.values import Problem, format_value, problem_line

Table = SourceSettings | FilterSettings | OutputSettings


class Found:
    """The problems of a configuration, by their level: see `aggregator.config.findings`."""

    def __init__(self, config: Config) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.hints: list[Problem] = []
        self._config = config

    def problem(self, table: Table | None, key: str, value: object, message: str) -> Problem:
        """Return a problem with a key of a table; None: of the top of the file. `value`: None if the key is missing."""
        file = table.file if isinstance(table, SourceSettings) else self._config.path
        found = "" if value is None else format_value(value)
        return problem_line(file, table.where if table else "", key, found, message)

    def error(self, table: Table | None, key: str, value: object, message: str) -> None:
        """Add what cannot work."""
        self.errors.append(self.problem(table, key, value, message))

    def warn(self, table: Table | None, key: str, value: object, message: str) -> None:
        """Add what works, but hardly as it was meant."""
        self.warnings.append(self.problem(table, key, value, message))

    def hint(self, table: Table | None, key: str, value: object, message: str) -> None:
        """Add advice that not everybody needs."""
        self.hints.append(self.problem(table, key, value, message))
