"""The store: all data kept between runs, in a SQLite file or a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

from aggregator.config.learned_lists import add_learned_feeds
from aggregator.config.settings import Config, SourceSettings
from aggregator.grouping.features.wording import Wording
from aggregator.grouping.types import Decision, GroupedArticle, GroupedStory, Grouping, NewArticle, StorylineContext
from aggregator.http.retry_after import RetryAfterRule
from aggregator.ingest.identify import FetchedArticle, SourceArticles, StoredArticle
from aggregator.model import Article, Story, Subscription
from aggregator.pictures.files import delete_copies
from aggregator.pictures.state import PictureState
from aggregator.scheduling.state import Source, SourceState
from aggregator.store import (
    articles,
    compared,
    corrections,
    editions,
    figures,
    grouping,
    lookup,
    outages,
    outputs,
    pictures,
    queries,
    recent,
    retry_after,
    revisions,
    search,
    source_states,
    stories,
    storylines,
)
from aggregator.store.articles import SaveCounts
from aggregator.store.connection import Connection
from aggregator.store.copy import copy_rows
from aggregator.store.corrections import Correction
from aggregator.store.database import (
    Database,
    StoreLocation,
    has_store,
    lock_of_file,
    locked_database,
    open_database,
)
from aggregator.store.editions import StoredEdition
from aggregator.store.figures import Figures
from aggregator.store.ledger import Ledger
from aggregator.store.lookup import Found
from aggregator.store.outages import Outage
from aggregator.store.outputs import OutputState
from aggregator.store.queries import Trace
from aggregator.store.recent import RecentStories
from aggregator.store.search import SearchResult
from aggregator.store.short_ids import short_id
from aggregator.store.sqlite import copy_file
from aggregator.store.stories import EVERYTHING, Selection
from aggregator.store.storylines import StorylineCorrection, StorylineOfStory
from aggregator.store.transactions import SupersededError, repeated, transaction
from aggregator.text.urls import canonical


class VisitRecorder(Protocol):
    """Records that a worker has collected sources. See `Store.visits`."""

    def __call__(self, connection: Connection, states: Sequence[SourceState]) -> Collection[int]:
        """Record it in the transaction that stores the results, and return the keys of the sources whose results may be
        stored: another worker has collected the others meanwhile."""


class Store:
    """An open store. Every method that writes is one transaction; all methods may raise StoreError.

    `ledger`: the deliveries of outputs; `is_copy`: it is the temporary copy of another one; `picture_folder`: has the
    files of copied pictures, those of the other one if it is a copy; `visits`: records the visits of a worker, None for
    a run that no other process collects beside.
    """

    def __init__(self, database: Database, *, is_copy: bool = False) -> None:
        self.location = database.location
        self.is_copy = is_copy
        self.picture_folder = database.picture_folder
        self.visits: VisitRecorder | None = None
        self._database = database
        self._connection = database.connection
        self.ledger = Ledger(self._reading, self._writing, database.durable)

    @classmethod
    def open(cls, location: StoreLocation, copy_of: StoreLocation | None = None) -> Self:
        """Open the store at this path or address, or create it. Raises StoreError; a file or database of another
        program is left unchanged.

        `copy_of`: the store that this file is a temporary copy of, which errors name.
        """
        return cls(open_database(location, copy_of), is_copy=copy_of is not None)

    @classmethod
    @contextmanager
    def open_locked(cls, location: StoreLocation, patience: float = 0) -> Iterator[Self]:
        """Open the store and hold its lock, so that no run starts meanwhile. Raises StoreError, LockedError.

        `patience`: seconds to wait for the lock of a database, which workers hold for seconds each minute.
        """
        with locked_database(location, patience) as database, cls(database) as store:
            yield store

    @classmethod
    @contextmanager
    def open_copy(cls, location: StoreLocation) -> Iterator[Self]:
        """Open a temporary copy of the store, an empty one if there is none. Raises StoreError, LockedError."""
        with lock_of_file(location), TemporaryDirectory() as folder:
            path = Path(folder) / "store.db"
            if has_store(location):
                with cls.open(location) as store:
                    store.copy_to(path)
            with cls.open(path, copy_of=location) as copy:
                yield copy

    def copy_to(self, path: Path) -> None:
        """Copy the store to a new file. Raises StoreError."""
        if isinstance(self.location, Path):
            with self._database.errors():
                copy_file(self.location, path)
        else:
            with closing(open_database(path, self.location)) as copy:
                copy_rows(self._database, copy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    @property
    def connection(self) -> Connection:
        """The connection that writes, for what belongs to its session: see `aggregator.jobs.leases`."""
        return self._connection

    # Sources

    def sources(self, config: Config) -> list[Source]:
        """Return the configured sources with their states, the feeds of subscription lists among them, in order."""
        settings = add_learned_feeds(config, self.subscriptions()).sources
        return [Source(one, state) for one, state in zip(settings, self.states(settings), strict=True)]

    def subscriptions(self) -> dict[str, list[Subscription]]:
        """Return the feeds of subscription lists, by `SourceSettings.key` of the list, as they were last read."""
        with self._reading() as connection:
            return source_states.read_subscriptions(connection)

    def states(self, settings: Sequence[SourceSettings]) -> list[SourceState]:
        """Return the state of each source, in order; new sources are added."""
        with self._reading() as connection:
            states = source_states.read_states(connection, settings)
        if all(state and state.address == source.key for state, source in zip(states, settings, strict=True)):
            return [state for state in states if state]
        with self._writing() as connection:
            return source_states.ensure_states(connection, settings)

    @repeated
    def save_states(self, states: Sequence[SourceState]) -> None:
        """Write the states of sources that yielded no articles."""
        if states:
            with self._writing() as connection:
                current = self.visits(connection, states) if self.visits else None
                source_states.write_states(connection, [s for s in states if current is None or s.key in current])

    @repeated
    def save_reported(self, reported: Sequence[int], now: datetime, before: datetime) -> None:
        """Store which sources the run has reported (`SourceState.key`), and update the outages.

        Outages that ended `before` are deleted.
        """
        with self._writing() as connection:
            source_states.write_reported(connection, reported, now)
            outages.update_outages(connection, now, before)

    @repeated
    def rename_source(self, key: int, address: str) -> None:
        """Let another `SourceSettings.key` identify a source: the new name of one without an address."""
        with self._writing() as connection:
            source_states.write_address(connection, key, address)

    def article_tags(self) -> frozenset[str]:
        """Return the tags that any article has."""
        with self._reading() as connection:
            return source_states.read_tags(connection)

    def outages(self) -> list[Outage]:
        """Return the outages of sources, latest first."""
        with self._reading() as connection:
            return outages.read_outages(connection)

    def article_counts(self) -> dict[int, int]:
        """Return the number of stored articles per source, by `SourceState.key`."""
        with self._reading() as connection:
            return source_states.count_articles(connection)

    def figures(self) -> Figures:
        """Return figures for monitoring."""
        with self._reading() as connection:
            return figures.read_figures(connection)

    def retry_after_rules(self) -> list[RetryAfterRule]:
        """Return the Retry-After rules of publishers."""
        with self._reading() as connection:
            return retry_after.read_rules(connection)

    @repeated
    def save_retry_after(self, changes: Mapping[str, RetryAfterRule | None]) -> None:
        """Store changed Retry-After rules by scope; None deletes one."""
        if changes:
            with self._writing() as connection:
                retry_after.write_rules(connection, changes)

    # Articles

    def unchanged(self, state: SourceState, fingerprints: Sequence[bytes], filters: bytes) -> set[bytes]:
        """Return the fingerprints that are stored, or were dropped by the same filters. `filters`: their digest."""
        with self._reading() as connection:
            return articles.unchanged(connection, state.key, fingerprints, filters)

    def match_candidates(
        self, state: SourceState, fetched: Sequence[FetchedArticle], present: set[bytes]
    ) -> list[StoredArticle]:
        """Return the stored articles that fetched ones may match. `present`: fingerprints of unchanged items."""
        with self._reading() as connection:
            return articles.match_candidates(connection, state.key, fetched, present)

    @repeated
    def save(self, state: SourceState, listed: SourceArticles, filters: bytes, now: datetime) -> SaveCounts:
        """Store the articles and the state of a source in one transaction. `filters`: digest of the filters.

        Raises SupersededError if another worker has collected the source meanwhile; nothing is stored then.
        """
        with self._writing() as connection:
            if self.visits and not self.visits(connection, [state]):
                raise SupersededError(f"{state.address}: another worker has collected it meanwhile")
            articles.lock_articles(connection, state.key, listed.identified, listed.unchanged, now)
            saved = articles.save_articles(connection, state.key, listed.identified, now)
            articles.save_dropped(connection, state.key, listed.dropped, filters, now)
            articles.touch(connection, state.key, listed.unchanged, now)
            source_states.write_states(connection, [state])
            if listed.identified:
                outputs.mark_stale(connection)
        return saved

    # Stories

    def count_to_group(self) -> int:
        """Return how many articles have no story."""
        with self._reading() as connection:
            return grouping.count_to_group(connection)

    def articles_to_group(self, limit: int, ungrouped: frozenset[str] = frozenset()) -> list[NewArticle]:
        """Return up to `limit` articles without a story, those first seen first. `ungrouped`: the sources (by
        `SourceSettings.key`) that are never grouped."""
        with self._reading() as connection:
            return grouping.articles_to_group(connection, limit, ungrouped)

    def grouped_near(
        self, dates: Iterable[datetime], window: timedelta, ungrouped: frozenset[str] = frozenset()
    ) -> Iterator[GroupedArticle]:
        """Yield the grouped articles within the window around these dates, without copies and `ungrouped` sources."""
        with self._reading() as connection:
            yield from grouping.grouped_near(connection, dates, window, ungrouped)

    def grouped_stories(self, ids: Collection[str]) -> dict[str, GroupedStory]:
        """Return what grouping needs to know of stories, by id."""
        with self._reading() as connection:
            return grouping.grouped_stories(connection, ids)

    def by_key(self, keys: Sequence[int]) -> dict[int, Article]:
        """Return articles by key."""
        with self._reading() as connection:
            return grouping.by_key(connection, keys)

    def wordings(self, keys: Sequence[int]) -> dict[int, Wording]:
        """Return what grouping reads of articles, by key."""
        with self._reading() as connection:
            return compared.wordings(connection, keys)

    @repeated
    def save_grouping(
        self, grouped: Grouping, window: timedelta, now: datetime, new: Sequence[NewArticle] = ()
    ) -> tuple[set[str], set[str]]:
        """Store the result of grouping. Returns the ids of the new stories, and of the older ones that changed.

        `new`: the articles that were grouped, as they were read; of one that was edited meanwhile, no record is stored.
        """
        with self._database.writing_much(), self._writing() as connection:
            saved = grouping.save_grouping(connection, grouped, window, now, new)
            outputs.mark_stale(connection)
        return saved

    def decisions(self) -> list[Decision]:
        """Return the manual decisions, by keys of articles."""
        with self._reading() as connection:
            return grouping.decisions(connection)

    def frequencies(self) -> bytes | None:
        """Return the word frequencies that grouping stored."""
        with self._reading() as connection:
            return compared.frequencies(connection)

    @repeated
    def split(self, key: int, window: timedelta, now: datetime) -> None:
        """Take an article out of its story, permanently. Raises StoreError if the story has no other article."""
        with self._writing() as connection:
            grouping.save_grouping(connection, corrections.split(connection, key, now), window, now)
            outputs.mark_stale(connection)

    @repeated
    def merge(self, first: str, second: str, window: timedelta, now: datetime) -> None:
        """Merge two stories, permanently; the older id stays."""
        with self._writing() as connection:
            grouping.save_grouping(connection, corrections.merge(connection, first, second, now), window, now)
            outputs.mark_stale(connection)

    def corrections(self) -> list[Correction]:
        """Return all manual corrections."""
        with self._reading() as connection:
            return corrections.all_corrections(connection)

    def stories(
        self, selection: Selection = EVERYTHING, condition: Callable[[Story], bool] | None = None
    ) -> list[Story]:
        """Return the newest stories that match a selection, and for which the condition is true."""
        selected: list[Story] = []
        with self._reading() as connection:
            for ids in stories.newest_ids(connection, selection.since, selection.limit):
                selected += stories.matching_stories(connection, ids, selection, condition)
                if selection.limit and len(selected) >= selection.limit:
                    break
        return selected[: selection.limit] if selection.limit else selected

    def story(self, identifier: str) -> Story:
        """Return the story that is identified by its id, a unique prefix of it, or one of its articles. Raises
        StoreError if there is none, or more than one."""
        with self._reading() as connection:
            story = lookup.identify_story(connection, identifier, canonical(identifier))
            return stories.read_stories(connection, [story])[0].story

    def article_ids(self, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the short ids of the articles, and then of the copies, of stories, in order."""
        with self._reading() as connection:
            keys = stories.article_keys(connection, [*ids])
            return {story: tuple(map(short_id, of_story)) for story, of_story in keys.items()}

    def short_story_ids(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the short ids of stories, by id."""
        with self._reading() as connection:
            return lookup.short_story_ids(connection, ids)

    def moved_articles(self, story: str) -> list[tuple[Article, str]]:
        """Return the articles that were moved out of this story, each with the id of its story now."""
        with self._reading() as connection:
            return stories.moved_articles(connection, story)

    # Storylines

    def storyline_context(self, dates: Iterable[datetime]) -> StorylineContext:
        """Return what the storylines of new articles with these dates are found with."""
        with self._reading() as connection:
            return StorylineContext(
                earlier=storylines.earlier_stories(connection, dates),
                excluded=storylines.without_storyline(connection),
                linked=self.linked_articles,
            )

    def linked_articles(self, keys: Sequence[int]) -> dict[int, list[tuple[int, str | None]]]:
        """Return the articles of the same publisher that the texts of articles link to: key, and id of the story."""
        with self._reading() as connection:
            return storylines.linked_articles(connection, keys)

    def storyline_of(self, story: str) -> StorylineOfStory:
        """Return the storyline of a story with all its stories."""
        with self._reading() as connection:
            return storylines.storyline_of(connection, story)

    def put_into_storyline(self, story: str, other: str) -> None:
        """Put a story into the storyline of another one, permanently; they found one if the other has none."""
        with self._writing() as connection:
            storylines.put_into_storyline(connection, story, other)
            outputs.mark_stale(connection)

    def take_out_of_storyline(self, story: str) -> None:
        """Take a story out of its storyline, permanently."""
        with self._writing() as connection:
            storylines.take_out_of_storyline(connection, story)
            outputs.mark_stale(connection)

    def rename_storyline(self, storyline: str, title: str) -> None:
        """Change the title of a storyline."""
        with self._writing() as connection:
            storylines.rename_storyline(connection, storyline, title)
            outputs.mark_stale(connection)

    def storyline_corrections(self) -> list[StorylineCorrection]:
        """Return all manual corrections of storylines."""
        with self._reading() as connection:
            return storylines.storyline_corrections(connection)

    # Editions

    def recent_stories(
        self, selection: Selection, condition: Callable[[Story], bool] | None = None, *, whole: bool = False
    ) -> RecentStories:
        """Return the stories of an edition that match a selection, and for which the condition is true. `whole`: read
        the texts of all stories that it may show."""
        with self._reading() as connection:
            return recent.read_recent(connection, selection, condition, whole=whole)

    def stories_by_id(self, ids: Sequence[str]) -> dict[str, Story]:
        """Return these stories, by id, without those that are not stored."""
        with self._reading() as connection:
            return {one.story.id: one.story for one in stories.read_stories(connection, ids)}

    def arrived_stories(
        self,
        selection: Selection,
        condition: Callable[[Story], bool] | None,
        since: datetime,
        known: Container[str] = (),
    ) -> set[str]:
        """Return the ids of the matching stories of which an article arrived since a time, without those known."""
        with self._reading() as connection:
            return set(recent.read_arrived(connection, selection, condition, since, known))

    def stale_stories(self) -> list[tuple[Story, bytes]]:
        """Return the published stories that have changed, each with the digest of what readers have seen of it."""
        with self._reading() as connection:
            return revisions.stale_stories(connection)

    @repeated
    def save_revisions(self, digests: Mapping[str, bytes], now: datetime | None = None) -> None:
        """Store what readers see of stories from now on, by id. `now`: revise them, since it is not what they saw."""
        if digests:
            with self._writing() as connection:
                revisions.write_digests(connection, digests, now)

    def output_state(self, name: str) -> OutputState:
        """Return what the output of this name (`OutputSettings.key`) was made from."""
        with self._reading() as connection:
            return outputs.read_output(connection, name)

    def shown_by(self, name: str) -> set[str]:
        """Return the ids of the stories that an output shows."""
        with self._reading() as connection:
            return outputs.shown_by(connection, name)

    @repeated
    def save_output(
        self,
        name: str,
        state: OutputState,
        stories: Collection[str],
        digests: Mapping[str, bytes] = MappingProxyType({}),
        edition: tuple[StoredEdition, bytes] | None = None,
    ) -> None:
        """Store what an output was made from.

        `stories`: ids of those that it shows; `digests`: what readers see of those that it did not show before, by id;
        `edition`: that of its day.
        """
        with self._writing() as connection:
            outputs.write_output(connection, name, state, stories)
            revisions.write_first_digests(connection, digests)
            if edition:
                editions.write_edition(connection, *edition)

    @repeated
    def begin_outputs(self) -> None:
        """Store that all outputs are being made, before what they show is read: workers change it meanwhile."""
        with self._writing() as connection:
            outputs.begin_outputs(connection)

    @repeated
    def mark_fresh(self, name: str) -> None:
        """Store that an output corresponds to the current articles and stories."""
        with self._writing() as connection:
            outputs.mark_fresh(connection, name)

    def forget_outputs(self, kept: Iterable[str]) -> None:
        """Delete the states of all outputs but these."""
        with self._writing() as connection:
            outputs.forget_outputs(connection, kept)

    def editions(self, output: str | None = None) -> list[StoredEdition]:
        """Return the editions of past days, newest first; those of one output, or all."""
        with self._reading() as connection:
            return list(editions.list_editions(connection, output))

    def edition_body(self, output: str, day: date) -> bytes | None:
        """Return the edition that an output had on a day, packed; None if there is none."""
        with self._reading() as connection:
            return editions.read_edition(connection, output, day)

    # Search

    def search(self, words: str, limit: int) -> list[SearchResult]:
        """Return the articles that contain all these words, newest first. Updates the full-text index first, so that no
        run has to."""
        indexed = search.BATCH
        while indexed == search.BATCH:
            with self._writing() as connection:
                indexed = search.index_batch(connection)
        with self._reading() as connection:
            return search.search(connection, words, limit)

    def identify(self, identifier: str) -> Found:
        """Return what a URL, id, guid, short id, or a unique prefix of an id identifies. Raises StoreError for a prefix
        of several ids."""
        with self._reading() as connection:
            return lookup.identify_one(connection, identifier, canonical(identifier))

    def find(self, identifier: str, url: str | None) -> list[Trace]:
        """Return the articles and dropped items with this URL (`url`: its canonical form), id, guid, short id or unique
        prefix of it; of a story, its articles. Raises StoreError for a prefix of several ids."""
        with self._reading() as connection:
            found = lookup.identify_one(connection, identifier, url)
            keys = {} if found.traces else stories.article_keys(connection, found.stories)
            of_stories = queries.traces_of(connection, [key for some in keys.values() for key in some])
            return found.traces + [trace for trace in of_stories if trace.original is None]

    # Pictures

    def pictures(self, urls: Sequence[str], now: datetime) -> dict[str, PictureState]:
        """Return the states of those pictures that are known, by address, and record that they are used."""
        with self._reading() as connection:
            states, stale = pictures.read_pictures(connection, urls, self.picture_folder, now)
        if stale:
            with self._writing() as connection:
                pictures.touch(connection, stale, now)
        return states

    def save_picture(self, state: PictureState, now: datetime) -> None:
        """Store what is known about the address of a picture."""
        with self._writing() as connection:
            pictures.write_picture(connection, state, now)

    # Pruning

    @repeated
    def prune(self, before: datetime) -> int:
        """Delete articles that were last seen before this time, are gone from their feed and that no output shows,
        and pictures that were last used before it. Returns the number of the articles."""
        with self._writing() as connection:
            count = queries.prune(connection, before)
            unused = pictures.prune(connection, before)
        if not self.is_copy:
            delete_copies(self.picture_folder, unused)
        return count

    # Transactions

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.errors():
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.errors(), transaction(self._connection, self._database.begin):
            yield self._connection
