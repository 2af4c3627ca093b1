"""Checks of the plugin contract, and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

TIMEOUT = timedelta(seconds=5)
"""How long a plugin may make no progress although its requests are answered at once."""

State = Literal["ok", "failed", "noted"]


class Check(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The result of one check of one plugin.

    `state`: "noted" for findings that violate no rule; `findings`: one line each: what, where, and what to do.
    """

    kind: str
    plugin: str
    check: str
    state: State
    findings: tuple[str, ...] = ()


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check of one plugin. `path`: its file, if a folder was checked; `kind`: "plugin" for a check of
    the file itself; `state`: "noted" for findings that violate no rule; `findings`: one line each."""

    path: str | msgspec.UnsetType = msgspec.UNSET
    kind: str
    plugin: str
    check: str
    state: State
    findings: tuple[str, ...]


class ContractReport(msgspec.Struct, frozen=True, kw_only=True):
    """The results of all checks of plugins. `passed`: whether no check failed."""

    passed: bool
    checks: list[CheckRow]


def report_of(results: Mapping[Path, Sequence[Check]] | Mapping[None, Sequence[Check]]) -> ContractReport:
    """Return the results by the path of the plugin, None for a plugin that is checked alone."""
    rows = [
        CheckRow(
            path=msgspec.UNSET if path is None else str(path),
            kind=check.kind,
            plugin=check.plugin,
            check=check.check,
            state=check.state,
            findings=check.findings,
        )
        for path, checks in results.items()
        for check in checks
    ]
    return ContractReport(passed=all(row.state != "failed" for row in rows), checks=rows)


class StepResult:
    """The findings of one step: `problems`, which make its check fail, and `notes`."""

    def __init__(self, problems: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
        self.problems = [*problems]
        self.notes = [*notes]

    @property
    def state(self) -> State:
        """The state of the check."""
        return "failed" if self.problems else "noted" if self.notes else "ok"


Step = tuple[str, Callable[[], StepResult]]
"""The name of a check, and the function that performs it."""
Steps = Iterator[Step]
