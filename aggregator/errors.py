"""Everything that can go wrong in a way a person can mend, as one tree.

    AggregateError
    ├── ConfigError        the configuration is wrong; lists every mistake found       (status 2)
    ├── PluginError        a plugin failed to load, or raised; names file and line
    ├── SourceError        a source gave nothing usable ("this is not a feed")
    │   └── FetchError     a request did not succeed; carries url, status, retry_after
    ├── StoreError         the store is foreign, corrupt, too new or cannot be written
    ├── OutputError        an output could not be made or written
    └── LockedError        another run holds the lock                                   (status 75)

The text of each is one line that says what, which one, why, and what to do. It is shown as it stands, in one place
(`aggregator.cli.main`); any other exception is a bug and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class AggregateError(Exception):
    """Base of every expected failure. `str(error)` is one line, fit to be shown."""

    exit_status = 1


class ConfigError(AggregateError):
    """The configuration cannot be used.

    `problems`: each mistake as one line (file, table, key, what was found, what is allowed), and below it, where it
    is one within a longer text, two lines that show its place.
    """

    exit_status = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PluginError(AggregateError):
    """A plugin failed; the text names the plugin, file and line, and the cause."""


class SourceError(AggregateError):
    """A source gave nothing usable. Source plugins raise it with a line that says what to do."""


class FetchError(SourceError):
    """A request that did not succeed.

    `url`: the address asked for; `status`: the HTTP status, or None where there was no answer;
    `kind`: one of "dns", "unreachable", "connect", "tls", "timeout", "status", "size", "private", "scheme",
    "redirects", "protocol", "file", "robots" (its robots.txt forbids it), "held" (not asked, since its publisher asks
    for a pause) and "offline" (there is no network); `retry_after`: seconds the publisher asks to wait, or None.
    """

    def __init__(
        self,
        reason: str,
        *,
        url: str,
        kind: str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.url = url
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class StoreError(AggregateError):
    """The store cannot be used; it is left untouched."""


class OutputError(AggregateError):
    """An output could not be made or written; the file that was there before is intact."""


class LockedError(AggregateError):
    """Another run holds the lock of this store."""

    exit_status = 75


class NotModified(Exception):  # noqa: N818 - an outcome, not an error
    """Nothing is new. The door to the network raises it where a publisher answers 304; a source lets it pass through to
    the core, which expects it, or raises it itself."""
