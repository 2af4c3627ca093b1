"""The store: what is kept between runs, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from aggregator.config.settings import SourceSettings
from aggregator.errors import StoreError
from aggregator.grouping.types import Decision, Grouping, Member, Placed
from aggregator.http.retry_after import RetryAfterRule
from aggregator.ingest.identify import Identified, Known, Sighting
from aggregator.model import Article, Story, Subscription
from aggregator.store import articles, corrections, grouping, outages, queries, retry_after, source_states, stories
from aggregator.store.articles import DroppedItem, Saved
from aggregator.store.corrections import Correction
from aggregator.store.database import copy_database, open_database, roomy
from aggregator.store.outages import Episode
from aggregator.store.queries import Trace
from aggregator.store.source_states import SourceState


class Store:
    """An open store. Every method that changes something is one transaction; all of them raise StoreError."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """The store at this path, made where there is none. Raises StoreError for a file that is not one, left as it
        was."""
        with _in_words(path):
            return cls(path, open_database(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Copy it as it is now."""
        with _in_words(self.path):
            copy_database(self.path, path)

    # Sources

    def states(self, settings: Sequence[SourceSettings]) -> list[SourceState]:
        """What is known of each configured source, in their order; an unknown one begins here."""
        with self._reading() as connection:
            found = source_states.read_states(connection, settings)
        if all(state and state.address == one.key for state, one in zip(found, settings, strict=True)):
            return [state for state in found if state]
        with self._writing() as connection:
            return source_states.ensure_states(connection, settings)

    def keep_states(self, states: Sequence[SourceState]) -> None:
        """Keep the states of sources that gave no articles."""
        if states:
            with self._writing() as connection:
                source_states.write_states(connection, states)

    def subscriptions(self) -> dict[str, list[Subscription]]:
        """The feeds that sources list, by `SourceSettings.key`, as they were when last read."""
        with self._reading() as connection:
            return source_states.read_subscriptions(connection)

    def ill(self) -> list[SourceState]:
        """The states of all sources that are failing."""
        with self._reading() as connection:
            return source_states.read_ill(connection)

    def keep_health(self, said: Sequence[int], now: datetime, before: datetime) -> None:
        """Keep of which sources the run has spoken, by their keys, and how the episodes of illness go on.

        Those that ended `before` are forgotten.
        """
        with self._writing() as connection:
            source_states.note_said(connection, said, now)
            outages.keep_episodes(connection, now, before)

    def episodes(self) -> list[Episode]:
        """The times in which sources were ill, the latest first."""
        with self._reading() as connection:
            return outages.read_episodes(connection)

    def article_counts(self) -> dict[int, int]:
        """How many articles are kept of each source, by the key of its state."""
        with self._reading() as connection:
            return source_states.count_articles(connection)

    def holds(self) -> list[RetryAfterRule]:
        """The pauses that publishers have asked for."""
        with self._reading() as connection:
            return retry_after.read_holds(connection)

    def keep_holds(self, changes: Mapping[str, RetryAfterRule | None]) -> None:
        """Keep what has changed of them: by scope, None for what is over."""
        if changes:
            with self._writing() as connection:
                retry_after.write_holds(connection, changes)

    # Articles

    def unchanged(self, state: SourceState, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
        """Those items that are known as they are. `filters`: a digest of the configured filters."""
        with self._reading() as connection:
            return articles.unchanged(connection, state.key, fingerprints, filters)

    def known(self, state: SourceState, sightings: Sequence[Sighting], present: set[bytes]) -> list[Known]:
        """The stored articles that one of the sightings might be; `present`: those that are in the feed unchanged."""
        with self._reading() as connection:
            return articles.known(connection, state.key, sightings, present)

    def save(  # noqa: PLR0913 - all that one source gave, in one transaction
        self,
        state: SourceState,
        identified: Sequence[Identified],
        dropped: Sequence[DroppedItem],
        present: Iterable[bytes],
        filters: bytes,
        now: datetime,
    ) -> Saved:
        """Keep all that a source gave, with its state, in one transaction."""
        with self._writing() as connection:
            saved = articles.save_articles(connection, state.key, identified, now)
            articles.save_dropped(connection, state.key, dropped, filters, now)
            articles.touch(connection, state.key, present, now)
            source_states.write_states(connection, [state])
        return saved

    # Stories

    def unplaced(self, most: int, apart: frozenset[str] = frozenset()) -> list[Member]:
        """The articles that have no story yet, `most` at once, those that came first. `apart`: the sources (by
        `SourceSettings.key`) never grouped."""
        with self._reading() as connection:
            return grouping.unplaced(connection, most, apart)

    def placed_near(
        self, dates: Iterable[datetime], window: timedelta, apart: frozenset[str] = frozenset()
    ) -> list[Placed]:
        """The placed articles within the window around these dates, without copies and those of sources `apart`."""
        with self._reading() as connection:
            return grouping.placed_near(connection, dates, window, apart)

    def by_key(self, keys: Sequence[int]) -> dict[int, Article]:
        """Articles by their keys."""
        with self._reading() as connection:
            return grouping.by_key(connection, keys)

    def place(self, grouped: Grouping, window: timedelta, now: datetime) -> tuple[set[str], set[str]]:
        """Keep what grouping decided; the stories that are new, and the older ones that changed, by id."""
        with roomy(self._connection), self._writing() as connection:
            return grouping.place(connection, grouped, window, now)

    def decisions(self) -> list[Decision]:
        """What has been decided by hand, by keys of articles."""
        with self._reading() as connection:
            return grouping.decisions(connection)

    def frequencies(self) -> bytes | None:
        """How often words were met, as grouping left it."""
        with self._reading() as connection:
            return grouping.frequencies(connection)

    def split(self, key: int, window: timedelta, now: datetime) -> None:
        """Take an article out of its story, for good. Raises StoreError where it is alone."""
        with self._writing() as connection:
            grouping.place(connection, corrections.split(connection, key, now), window, now)

    def merge(self, first: str, second: str, window: timedelta, now: datetime) -> None:
        """Make one story of two, for good; the older id stays."""
        with self._writing() as connection:
            grouping.place(connection, corrections.merge(connection, first, second, now), window, now)

    def corrections(self) -> list[Correction]:
        """All pairs of articles that somebody has decided about."""
        with self._reading() as connection:
            return corrections.all_corrections(connection)

    def stories(  # noqa: PLR0913 - each a key of an output
        self,
        *,
        limit: int = 0,
        since: datetime | None = None,
        tags: Sequence[str] = (),
        sources: Sequence[str] = (),
        language: str | None = None,
        select: Callable[[Story], bool] | None = None,
    ) -> list[Story]:
        """The newest stories that have an article with one of the tags, of one of the sources, in the language, and
        that `select` takes."""
        wanted = stories.Selection.of(tags, sources, language, select)
        chosen: list[Story] = []
        with self._reading() as connection:
            for ids in stories.newest_ids(connection, since, limit):
                chosen += [
                    story for story, names in stories.read_stories(connection, ids) if wanted.takes(story, names)
                ]
                if limit and len(chosen) >= limit:
                    break
        return chosen[:limit] if limit else chosen

    def story(self, prefix: str) -> Story:
        """The story whose id begins so. Raises StoreError where there is none, or more than one."""
        start = prefix if prefix.startswith("urn:uuid:") else f"urn:uuid:{prefix}"
        with self._reading() as connection:
            ids = stories.ids_like(connection, start) or stories.led_to(connection, start)
            if len(ids) != 1:
                what = "no story begins" if not ids else f"{len(ids)} stories begin"
                raise StoreError(f"{what} with {prefix!r}; `aggregate stories` lists them")
            return stories.read_stories(connection, ids)[0][0]

    def left(self, story: str) -> list[tuple[Article, str]]:
        """The articles that were in this story before, each with the id of the one it is in now."""
        with self._reading() as connection:
            return stories.left(connection, story)

    # Finding

    def search(self, words: str, limit: int) -> list[Article]:
        """The articles that hold all these words, newest first. The index catches up first, so that no run pays for
        it."""
        indexed = queries.BATCH
        while indexed == queries.BATCH:
            with self._writing() as connection:
                indexed = queries.index_batch(connection)
        with self._reading() as connection:
            return queries.search(connection, words, limit)

    def find(self, what: str, url: str | None) -> list[Trace]:
        """All that is known of an address or id."""
        with self._reading() as connection:
            return queries.find(connection, what, url)

    def prune(self, before: datetime, shown: set[str]) -> int:
        """Forget what was last seen before this time, is gone from its feed, and is in none of the stories `shown`."""
        with self._writing() as connection:
            return queries.prune(connection, before, shown)

    # Transactions

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _in_words(self.path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with _in_words(self.path):
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.exec_driver_sql("ROLLBACK")
                raise
            self._connection.exec_driver_sql("COMMIT")


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What SQLite says, as a line that says what to do."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = str(getattr(error, "orig", None) or error)
        raise StoreError(f"{path}: {_advice(cause)}") from error


def _advice(cause: str) -> str:
    if "locked" in cause:
        return "is in use by another program; try again"
    if "malformed" in cause or "not a database" in cause:
        return f"is damaged ({cause}); restore it from a backup, or move it away to start anew"
    if "I/O" in cause:
        return f"cannot be read or written ({cause}): is the disk full, or failing? nothing of before is lost"
    if "full" in cause:
        return f"cannot be written ({cause}); make room, nothing of before is lost"
    if "readonly" in cause or "unable to open" in cause:
        return f"cannot be written ({cause}): the file and its folder must be writable"
    return cause
