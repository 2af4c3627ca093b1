"""Checks of the plugin contract, and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
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
