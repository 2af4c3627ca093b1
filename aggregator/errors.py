"""The exceptions for expected failures: each says what went wrong, where, and what to do about it.

    AggregateError
    ├── ConfigError        the configuration is invalid; lists every mistake            (status 2)
    ├── PluginError        a plugin failed to load, or raised; names file and line
    ├── SourceError        a source yielded nothing usable ("this is not a feed")
    │   └── FetchError     a request failed; has url, kind, status, retry_after
    ├── StoreError         the store is foreign, corrupt, too new or not writable
    ├── OutputError        an output could not be rendered or written
    ├── DeliveryError      a delivery did not arrive; permanent, uncertain, for_all, retry_after
    └── LockedError        another run holds the lock                                   (status 75)

The text of each is one line that states what failed, which file, source or key, why, and what to do. It is printed
unchanged, in one place (`aggregator.cli.main`); any other exception is a bug and shows its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a request, or the whole attempt to read a source, failed.

    The values are stored in the database and printed in reports, so they must not change.
    """

    DNS = "dns"
    """The host name could not be resolved."""
    UNREACHABLE = "unreachable"
    """There is no route to the host, or the proxy cannot be reached."""
    CONNECT = "connect"
    """The connection was refused, or broke before a response."""
    TLS = "tls"
    """The certificate is not trusted, or the TLS handshake failed."""
    TIMEOUT = "timeout"
    """The response, or the rest of it, did not arrive in time."""
    STATUS = "status"
    """The HTTP status is not a success; `FetchError.status` has it."""
    SIZE = "size"
    """The response is larger than `max_bytes`."""
    PRIVATE = "private"
    """The host has a private address that `allow_private` does not list."""
    SCHEME = "scheme"
    """The address is not an http or https URL."""
    REDIRECTS = "redirects"
    """There were too many redirects."""
    PROTOCOL = "protocol"
    """The response violates HTTP, or its body cannot be decoded."""
    FILE = "file"
    """A local file cannot be read."""
    ROBOTS = "robots"
    """The robots.txt of the host disallows the page."""
    HELD = "held"
    """No request was sent, since a Retry-After of the publisher is in effect."""
    POSTPONED = "postponed"
    """No request was sent, since another worker sends requests to the host at the moment."""
    OFFLINE = "offline"
    """There is no network."""
    OTHER = "other"
    """Any kind that is not listed here, such as one that a plugin made up."""

    # What the schedule distinguishes beyond the request: never the kind of a FetchError.
    CLIENT_ERROR = "4xx"
    """HTTP 400-499 except 429."""
    SERVER_ERROR = "5xx"
    """HTTP 500-599."""
    TOO_MANY_REQUESTS = "429"
    """HTTP 429."""
    PARSE = "parse"
    """The response could not be read as what the source expects."""
    PARTIAL = "part"
    """The source failed after it had yielded articles."""

    @classmethod
    def _missing_(cls, value: object) -> FailureKind:
        return cls.OTHER


class AggregateError(Exception):
    """Base class of every expected failure. `str(error)` is one line, ready to be printed."""

    exit_status = 1


class ConfigError(AggregateError):
    """The configuration is invalid.

    `problems`: one line for each mistake (file, table, key, value, allowed values), followed by two lines that mark
    the position if the mistake is inside a longer text.
    """

    exit_status = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class PluginError(AggregateError):
    """A plugin failed; the text states the plugin, file, line and cause."""


class SourceError(AggregateError):
    """A source yielded nothing usable. Source plugins raise it with a line that says what to do."""


class FetchError(SourceError):
    """A request failed.

    `url`: the requested address; `kind`: why it failed; `status`: the HTTP status, or None without a response;
    `retry_after`: seconds that the publisher asks clients to wait, or None; `sent`: a body was sent completely before,
    so that the server may have processed it.
    """

    sent = False

    def __init__(
        self,
        reason: str,
        *,
        url: str,
        kind: FailureKind | str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.url = url
        self.kind = FailureKind(kind)
        self.status = status
        self.retry_after = retry_after


class StoreError(AggregateError):
    """The store cannot be used; it was not modified."""


class OutputError(AggregateError):
    """An output could not be rendered or written; the previous file is intact."""


class DeliveryError(AggregateError):
    """A delivery did not arrive, or may not have arrived. A deliver function raises it with the reason, on one line.

    Unless one of the following says otherwise, the delivery is known not to have arrived, and is tried again later.
    `permanent`: it never will, so it is not tried again; `uncertain`: it may have arrived, since the connection broke
    after all of it had been handed over, so it is not tried again unless a user says so; `for_all`: the other
    deliveries of the output would fail in the same way, since the server cannot be reached; `retry_after`: seconds that
    the server asks clients to wait.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        uncertain: bool = False,
        for_all: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.uncertain = uncertain
        self.for_all = for_all
        self.retry_after = retry_after


class LockedError(AggregateError):
    """Another run holds the lock of this store."""

    exit_status = 75


class NotModified(Exception):  # noqa: N818 - an outcome, not an error
    """The source has not changed.

    The HTTP client raises it when a publisher responds with 304 (Not Modified). A source lets it propagate to the core,
    which expects it, or raises it itself.
    """
