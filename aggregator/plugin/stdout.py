"""Redirects what plugins print: standard output is for results, so it goes to standard error, attributed by plugin."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

from aggregator.text.plain import printable, shorten
from aggregator.text.secrets import redact

QUOTED = 60
"""Characters of the first line that a plugin printed, as quoted in the warning about it."""
PASSED_ON = 10_000
"""Characters of one plugin that are written to standard error; the rest is discarded."""

_running_plugin: ContextVar[str] = ContextVar("running_plugin", default="a plugin")


class attribute_output:  # noqa: N801 - reads as the function that it would be, if a generator did not cost more
    """Attribute to this plugin what is printed within the context, in this thread or task."""

    __slots__ = ("_plugin", "_token")

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin

    def __enter__(self) -> None:
        self._token = _running_plugin.set(self._plugin)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _running_plugin.reset(self._token)


class StdoutRedirect(io.TextIOBase):
    """Replaces standard output while plugins run. `first_lines`: the first line that each plugin printed."""

    def __init__(self) -> None:
        self.first_lines: dict[str, str] = {}
        self._written: dict[str, int] = {}

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """Write the text to standard error without terminal control characters and secrets."""
        plugin = _running_plugin.get()
        if text.strip():
            self.first_lines.setdefault(plugin, shorten(redact(printable(text.strip())), QUOTED))
        written = self._written.get(plugin, 0)
        self._written[plugin] = written + len(text)
        if written < PASSED_ON:
            sys.stderr.write("\n".join(redact(printable(line)) for line in text[: PASSED_ON - written].split("\n")))
        return len(text)

    def warnings(self) -> Iterator[tuple[str, str]]:
        """Yield (plugin, warning) for each plugin that printed something."""
        for plugin, line in self.first_lines.items():
            yield plugin, f'prints to standard output, which is for results: "{line}"; print to sys.stderr, or log'


@contextmanager
def redirect_stdout() -> Iterator[StdoutRedirect]:
    """Redirect standard output to standard error within the context."""
    redirect, stdout = StdoutRedirect(), sys.stdout
    sys.stdout = redirect
    try:
        yield redirect
    finally:
        sys.stdout = stdout
