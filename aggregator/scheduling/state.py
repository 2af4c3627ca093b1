"""A source: its settings in the configuration, and its state as the store keeps it between runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from aggregator.config.settings import SourceSettings
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm

EMPTY_ANSWERS = 3
"""After this many full answers in a row without an article, a source counts as empty."""


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a source. `address`: its `SourceSettings.key`; `home`: the URL of the site, as the feed states it.

    `options`: digest of the settings that `etag` and `last_modified` were received under; `last_full`: time of the last
    full answer (not 304); `retry_at`: the publisher's Retry-After; `subscriptions`: the feeds that it lists, as JSON;
    `memory` and `filter_memory`: state kept by its plugin and by the filters, as JSON; `empty_answers`: number of full
    answers in a row without an article; `failures`: number of failures in a row, without those of requests by hand;
    `kind`, `error`: of the last one; `failing_since`: time of the first one; `reported_at`: when a run last reported
    them; `gone`: answered 410.
    """

    key: int
    address: str
    name: str | None = None
    home: str | None = None
    language: str | None = None
    moved_to: str | None = None
    options: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_try: datetime | None = None
    last_success: datetime | None = None
    last_full: datetime | None = None
    next_due: datetime | None = None
    retry_at: datetime | None = None
    subscriptions: str | None = None
    rhythm: Rhythm = Rhythm()
    hints: Hints = Hints()
    memory: str | None = None
    filter_memory: str | None = None
    empty_answers: int = 0
    failures: int = 0
    kind: str | None = None
    error: str | None = None
    failing_since: datetime | None = None
    reported_at: datetime | None = None
    gone: bool = False

    @property
    def is_failing(self) -> bool:
        """Whether its last request failed, by schedule or by hand."""
        return self.failures > 0 or self.error is not None

    @property
    def is_empty(self) -> bool:
        """Whether its last answers were full and held no article, as happens when a scraped page has changed."""
        return self.empty_answers >= EMPTY_ANSWERS


def without_back_off(state: SourceState) -> SourceState:
    """Return the state of a source that is tried again at once, as if it had not failed before; Retry-After holds.

    It counts as failing until its next request succeeds.
    """
    return msgspec.structs.replace(state, failures=0, next_due=None, gone=False)


class Source(msgspec.Struct, frozen=True):
    """A configured source with its state."""

    settings: SourceSettings
    state: SourceState

    @classmethod
    def new(cls, settings: SourceSettings) -> Source:
        """Return a source that was never collected, for use without a store."""
        return cls(settings, SourceState(key=0, address=settings.key))

    @property
    def name(self) -> str:
        """The configured name, else the title of its feed, else its address."""
        return self.settings.name or self.state.name or self.settings.key

    @property
    def short_name(self) -> str:
        """The name without what feeds write around it ("BBC News" for "BBC News - World"); one that the user has chosen
        as it is."""
        is_chosen = self.settings.name is not None and self.settings.number is not None
        if is_chosen or self.name == self.settings.key:
            return self.name
        from aggregator.text.outlet_names import outlet_name  # reads lists of words, which most verbs do not need

        return outlet_name(self.name, self.state.home or self.settings.url)

    @property
    def other_names(self) -> tuple[str, ...]:
        """What users may call it besides: the short name, and the title of its feed."""
        return (self.short_name, *([self.state.name] if self.state.name else []))


def short_names(sources: Sequence[Source]) -> list[str]:
    """Return the short name of each source; the whole name of those that would have the same one."""
    names = [source.short_name for source in sources]
    counts = Counter(name.casefold() for name in names)
    return [name if counts[name.casefold()] == 1 else source.name for source, name in zip(sources, names, strict=True)]
