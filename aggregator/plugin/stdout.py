"""What plugins print: standard output belongs to results, so it goes to standard error, and whose it was is known."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aggregator.text.plain import printable, shorten

SHOWN = 60
"""Characters of the first line that the message about it shows."""
KEPT = 10_000
"""Characters of one plugin that are passed on."""

_speaker: ContextVar[str] = ContextVar("speaker", default="a plugin")


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Within, in this thread or task, what is printed is that plugin's."""
    token = _speaker.set(name)
    try:
        yield
    finally:
        _speaker.reset(token)


class Strays(io.TextIOBase):
    """Stands for standard output while plugins are at work. `first`: by plugin, the first line that it printed."""

    def __init__(self) -> None:
        self.first: dict[str, str] = {}
        self._passed: dict[str, int] = {}

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Pass it on, without what a terminal would obey."""
        name = _speaker.get()
        if text.strip():
            self.first.setdefault(name, shorten(printable(text.strip()), SHOWN))
        passed = self._passed.get(name, 0)
        self._passed[name] = passed + len(text)
        if passed < KEPT:
            sys.stderr.write("\n".join(printable(line) for line in text[: KEPT - passed].split("\n")))
        return len(text)

    def complaints(self) -> Iterator[tuple[str, str]]:
        """(plugin, what is to be said of it)."""
        for name, line in self.first.items():
            yield name, f'prints to standard output, which is for results: "{line}"; print to sys.stderr, or log'


@contextmanager
def caught() -> Iterator[Strays]:
    """Let what plugins print go to standard error."""
    strays, usual = Strays(), sys.stdout
    sys.stdout = strays
    try:
        yield strays
    finally:
        sys.stdout = usual
