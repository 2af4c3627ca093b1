"""The checks of the contract that every plugin keeps, and what each found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Literal

import msgspec

PATIENCE = timedelta(seconds=5)
"""How long a plugin may do nothing when its answers are there at once."""

State = Literal["ok", "failed", "noted"]


class Check(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One check of one plugin. `state`: "noted" where there is something to say that breaks no rule; `findings`: a
    line each, that says what, where, and what to do."""

    kind: str
    plugin: str
    check: str
    state: State
    findings: tuple[str, ...] = ()


class Findings:
    """What a step finds: `faults`, which make its check fail, and `notes`."""

    def __init__(self, faults: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
        self.faults = [*faults]
        self.notes = [*notes]

    @property
    def state(self) -> State:
        """What they make of the check."""
        return "failed" if self.faults else "noted" if self.notes else "ok"


Step = tuple[str, Callable[[], Findings]]
"""A check's name, and what makes it."""
Steps = Iterator[Step]
