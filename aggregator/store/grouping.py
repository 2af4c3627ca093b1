"""Reads the articles to group and those near them in time, and writes the resulting stories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from aggregator.grouping.reasons import STORY_MERGED
from aggregator.grouping.types import (
    RECORD_VERSION,
    Decision,
    GroupedArticle,
    GroupedStory,
    Grouping,
    NewArticle,
)
from aggregator.model import Article
from aggregator.store.compared import GROUPED, WORDING, grouped_articles, wording_of
from aggregator.store.connection import Connection
from aggregator.store.mapping import SELECTED, article_of, chunks, epoch
from aggregator.store.new_stories import LATE, NEWS, insert_stories
from aggregator.store.prepared import Prepared, replacing
from aggregator.store.reasons import renew_reasons, renew_storylines, storylines_of
from aggregator.store.schema import records, redirects, words_met
from aggregator.store.storylines import inherit_storyline, save_storylines

_GROUPED_NEAR = Prepared(  # in the order of keys, since the rows of a day are all over the tables
    f"{GROUPED} WHERE a.key IN "  # noqa: S608 - a constant
    "(SELECT key FROM articles WHERE date BETWEEN :start AND :end AND story IS NOT NULL) "
    "AND a.duplicate_of IS NULL AND a.source NOT IN :excluded ORDER BY a.key"
)
_GROUPED_STORIES = Prepared("SELECT id, began, size, digest IS NOT NULL FROM stories WHERE id IN :ids")
_UNPLACED = (
    "SELECT articles.key, sources.address, articles.id, articles.text, articles.fingerprint, "  # noqa: S608 - constants
    f"{WORDING} "
    "FROM articles JOIN sources ON sources.key = articles.source WHERE"
)
_READ_ALL = Prepared(f"{_UNPLACED} articles.story IS NULL")
_READ_FIRST = Prepared(
    f"{_UNPLACED} articles.key IN "  # noqa: S608 - constants
    "(SELECT key FROM articles WHERE story IS NULL ORDER BY first_seen, date, key LIMIT :limit)"
)
_COUNT_UNPLACED = Prepared("SELECT count(*) FROM articles WHERE story IS NULL")
_BY_KEY = Prepared(f"SELECT key, {SELECTED} FROM articles WHERE key IN :keys")  # noqa: S608 - constants
_ADDRESSES = Prepared("SELECT key, address FROM sources")
_DECISIONS = Prepared("SELECT a, b, same FROM corrections")
_FINGERPRINTS = Prepared("SELECT key, fingerprint FROM articles WHERE key IN :keys")
_LOCK_ARTICLES = Prepared(
    "SELECT key FROM articles WHERE key IN :keys OR duplicate_of IN :keys OR story IN :stories "
    "ORDER BY key FOR NO KEY UPDATE"
)
_LOCK_STORIES = Prepared("SELECT id FROM stories WHERE id IN :ids ORDER BY id FOR NO KEY UPDATE")
_PLACE = Prepared(
    "UPDATE articles SET story = :story, why = :why, duplicate_of = :duplicate_of, founder = :founder, "
    "was = coalesce(:was, was) WHERE key = :key"
)
_MOVE_COPIES = Prepared(  # they move with their original
    "UPDATE articles SET was = story, story = :story WHERE duplicate_of = :key AND story <> :story"
)
_MERGE_ARTICLES = Prepared(
    "UPDATE articles SET story = :into, was = :old, founder = 0, why = coalesce(why, :why) WHERE story = :old"
)
_MERGE_DIGEST = Prepared(  # a story is published if one of those merged into it was
    "UPDATE stories SET digest = :empty WHERE id = :into AND digest IS NULL "
    "AND EXISTS (SELECT 1 FROM stories old WHERE old.id = :old AND old.digest IS NOT NULL)"
)
_MERGE_REDIRECTS = Prepared("UPDATE redirects SET new = :into WHERE new = :old")
_REDIRECT = replacing(redirects, ("old", "new", "made"))
_DELETE_STORY = Prepared("DELETE FROM stories WHERE id = :old")
_WRITE_RECORD = replacing(records, ("article", "version", "body", "links"))
_DELETE_RECORDS = Prepared(
    "DELETE FROM records WHERE article < (SELECT min(key) FROM articles WHERE story IS NOT NULL "
    "AND date >= (SELECT max(date) FROM articles WHERE story IS NOT NULL) - :seconds)"
)
_WRITE_FREQUENCIES = replacing(words_met, ("key", "version", "body"))
_REFRESH = Prepared(
    "UPDATE stories SET (updated, size, stale, revised) = ("  # noqa: S608 - constants
    "SELECT coalesce(max(a.date), stories.updated), count(*), CASE WHEN digest IS NULL THEN 0 ELSE 1 END, "
    f"CASE WHEN digest IS NULL THEN coalesce(max({NEWS}), revised) ELSE revised END "
    "FROM articles a JOIN sources s ON s.key = a.source WHERE a.story = stories.id AND a.duplicate_of IS NULL"
    ") WHERE id IN :ids"
)


def count_to_group(connection: Connection) -> int:
    """Return how many articles have no story."""
    return int(_COUNT_UNPLACED.value(connection))


def articles_to_group(connection: Connection, limit: int, ungrouped: frozenset[str]) -> list[NewArticle]:
    """Return up to `limit` articles without a story, those first seen first. `ungrouped`: the addresses of the sources
    that are never grouped."""
    if count_to_group(connection) <= limit:
        rows = _READ_ALL.execute(connection)
    else:
        rows = _READ_FIRST.execute(connection, limit=limit)
    return [_new_article(row, ungrouped) for row in rows]


def _new_article(row: Sequence[Any], ungrouped: frozenset[str]) -> NewArticle:
    """Return the article of a row of `_UNPLACED`."""
    key, address, article_id, text, fingerprint, *values = row
    _, _, _, url, _, published, first_seen, date = values
    return NewArticle(
        key=key,
        wording=wording_of(values),
        time=date,
        first_seen=first_seen,
        # Only this article of all sources has it, now and later. The guid alone is not enough: publishers use one for
        # several articles at a time, or again for a later one.
        seed=f"{address}\n{article_id}\n{url}\n{published}\n{text.hex() if text else ''}",
        ungrouped=address in ungrouped,
        fingerprint=fingerprint,
    )


def grouped_near(
    connection: Connection, dates: Iterable[datetime], window: timedelta, ungrouped: frozenset[str]
) -> Iterator[GroupedArticle]:
    """Yield the articles with a story whose date is within `window` of one of these dates, without copies."""
    excluded = [key for key, address in _ADDRESSES.execute(connection) if address in ungrouped]
    for start, end in spans(sorted(dates), window):
        span = {"start": epoch(start), "end": epoch(end)}
        rows = _GROUPED_NEAR.execute(connection, version=RECORD_VERSION, excluded=excluded, **span)
        yield from grouped_articles(rows)


def grouped_stories(connection: Connection, ids: Collection[str]) -> dict[str, GroupedStory]:
    """Return stories by id."""
    return {
        story: GroupedStory(began, size, bool(published))
        for chunk in chunks(sorted(ids))
        for story, began, size, published in _GROUPED_STORIES.execute(connection, ids=chunk)
    }


def spans(dates: Sequence[datetime], window: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows around the dates, overlapping ones joined."""
    start = end = None
    for date in dates:
        if start is not None and end is not None and date - window <= end:
            end = date + window
            continue
        if start is not None and end is not None:
            yield start, end
        start, end = date - window, date + window
    if start is not None and end is not None:
        yield start, end


def by_key(connection: Connection, keys: Sequence[int]) -> dict[int, Article]:
    """Return articles by key, without their content."""
    return {key: article_of(row) for chunk in chunks(keys) for key, *row in _BY_KEY.execute(connection, keys=chunk)}


def decisions(connection: Connection) -> list[Decision]:
    """Return all manual decisions about pairs of articles."""
    return [Decision(a, b, bool(same)) for a, b, same in _DECISIONS.execute(connection)]


def save_grouping(
    connection: Connection, grouping: Grouping, window: timedelta, now: datetime, read: Sequence[NewArticle] = ()
) -> tuple[set[str], set[str]]:
    """Store the result of grouping. Returns the ids of the new stories, and of the older ones that changed.

    `read`: the articles that were grouped, as they were read; of one that was edited meanwhile, no record is stored.
    """
    _lock(connection, grouping)
    complete = insert_stories(connection, grouping)
    _place_articles(connection, grouping)
    for old, into in grouping.merged.items():
        _merge(connection, old, into, now)
    changed = _changed_stories(grouping)
    for chunk in chunks(sorted(changed - complete)):
        refresh(connection, chunk)
    _write_records(connection, grouping, window, _edited(connection, read))
    profiles = {story: body for story, body in grouping.profiles.items() if story not in complete}
    save_storylines(connection, grouping.storylines, profiles)
    left = {one.previous_story for one in grouping.placements if one.previous_story}
    renew_reasons(connection, left - grouping.merged.keys())
    renew_storylines(connection, storylines_of(connection, {*grouping.merged.values()}))
    if grouping.frequencies is not None:
        _WRITE_FREQUENCIES.execute(connection, key=1, version=RECORD_VERSION, body=grouping.frequencies)
    return {*grouping.new_stories}, changed - grouping.new_stories.keys()


def _lock(connection: Connection, grouping: Grouping) -> None:
    """Lock the rows that will be written, in the order in which other processes lock them. No-op in SQLite."""
    if connection.dialect == "postgresql":
        keys = [one.key for one in grouping.placements]
        _LOCK_ARTICLES.execute(connection, keys=keys, stories=[*grouping.merged])
        _LOCK_STORIES.execute(connection, ids=[*_changed_stories(grouping), *grouping.merged])


def _edited(connection: Connection, read: Sequence[NewArticle]) -> set[int]:
    """Return the keys of the articles that another process has written since they were read. No-op in SQLite, where
    only the process that groups writes."""
    if connection.dialect != "postgresql":
        return set()
    current = dict[int, bytes]()
    for chunk in chunks([one.key for one in read]):
        current.update(_FINGERPRINTS.execute(connection, keys=chunk))
    return {one.key for one in read if current.get(one.key) != one.fingerprint}


def _changed_stories(grouping: Grouping) -> set[str]:
    placed = {one.story for one in grouping.placements}
    left = {one.previous_story for one in grouping.placements if one.previous_story}
    return (placed | left).union(grouping.merged.values()) - grouping.merged.keys()


def _place_articles(connection: Connection, grouping: Grouping) -> None:
    placements = sorted(grouping.placements, key=attrgetter("key"))  # in the order of the pages on disk
    rows = [
        (one.story, one.why, one.duplicate_of, int(one.why is None), one.previous_story, one.key) for one in placements
    ]
    _PLACE.execute_tuples(connection, rows)
    moved = [{"key": one.key, "story": one.story} for one in placements if one.previous_story]
    _MOVE_COPIES.execute_many(connection, moved)


def _merge(connection: Connection, old: str, into: str, now: datetime) -> None:
    """Move the remaining articles of a story into another, and redirect its id."""
    _MERGE_ARTICLES.execute(connection, old=old, into=into, why=STORY_MERGED)
    _MERGE_DIGEST.execute(connection, old=old, into=into, empty=b"")
    inherit_storyline(connection, old, into)
    _MERGE_REDIRECTS.execute(connection, old=old, into=into)
    _REDIRECT.execute(connection, old=old, new=into, made=epoch(now))
    _DELETE_STORY.execute(connection, old=old)


def _write_records(connection: Connection, grouping: Grouping, window: timedelta, without: Collection[int]) -> None:
    """Store new records, and delete those of articles far outside the window."""
    rows = [
        (key, RECORD_VERSION, body, grouping.links.get(key))
        for key, body in sorted(grouping.records.items())  # in the order of the pages on disk
        if key not in without
    ]
    _WRITE_RECORD.execute_tuples(connection, rows)
    _DELETE_RECORDS.execute(connection, seconds=int(2 * window.total_seconds()))


def refresh(connection: Connection, ids: Sequence[str]) -> None:
    """Update the date of the newest article, and the number of articles, of these stories.

    Those that an output has shown become stale; the others are revised by what they contain.
    """
    _REFRESH.execute(connection, ids=ids, late=LATE)
