"""Reads the articles to group and those near them in time, and writes the resulting stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, select

from aggregator.grouping.types import RECORD_VERSION, STORY_MERGED, Decision, GroupedArticle, Grouping, NewArticle
from aggregator.model import Article
from aggregator.store.mapping import chunks, epoch, from_row, placeholders
from aggregator.store.schema import articles, corrections, sources, stories, words_met
from aggregator.store.storylines import inherit_storyline, save_storylines


def articles_to_group(connection: Connection, limit: int, ungrouped: frozenset[str]) -> list[NewArticle]:
    """Return up to `limit` articles without a story, those first seen first. `ungrouped`: the addresses of the sources
    that are never grouped."""
    keys = select(articles.c.key).where(articles.c.story.is_(None))
    first = keys.order_by(articles.c.first_seen, articles.c.date, articles.c.key).limit(limit)
    query = select(articles, sources.c.address).join(sources, sources.c.key == articles.c.source)
    return [
        NewArticle(
            key=row["key"],
            article=from_row(row),
            seed=_seed(row),
            ungrouped=row["address"] in ungrouped,
        )
        for row in connection.execute(query.where(articles.c.key.in_(first))).mappings()
    ]


def _seed(row: RowMapping) -> str:
    """Return a text that only this article of all sources has, now and later.

    The guid alone is not enough: publishers use one for several articles at a time, or again for a later one.
    """
    text = row["text"].hex() if row["text"] else ""
    return "\n".join(str(part) for part in (row["address"], row["id"], row["url"], row["published"], text))


def grouped_near(
    connection: Connection, dates: Iterable[datetime], window: timedelta, ungrouped: frozenset[str]
) -> list[GroupedArticle]:
    """Return the articles with a story whose date is within `window` of one of these dates, without copies."""
    addresses = connection.execute(select(sources.c.key, sources.c.address))
    excluded = ", ".join(str(key) for key, address in addresses if address in ungrouped)
    grouped = []
    for start, end in spans(sorted(dates), window):
        rows = connection.exec_driver_sql(
            "SELECT a.key, a.date, a.first_seen, a.outlet, a.story, s.began, s.size, s.digest IS NOT NULL, "  # noqa: S608
            "r.body, r.links "
            "FROM articles a "
            "JOIN stories s ON s.id = a.story LEFT JOIN records r ON r.article = a.key AND r.version = ? "
            "WHERE a.date BETWEEN ? AND ? AND a.duplicate_of IS NULL "
            f"AND a.source NOT IN ({excluded})",
            (RECORD_VERSION, epoch(start), epoch(end)),
        )
        grouped += [
            GroupedArticle(
                key=key,
                time=time,
                first_seen=first_seen,
                outlet=outlet,
                story=story,
                story_began=began,
                story_size=size,
                story_published=bool(published),
                record=record,
                links=links,
            )
            for key, time, first_seen, outlet, story, began, size, published, record, links in rows
        ]
    return grouped


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
    articles_by_key = {}
    for chunk in chunks(keys):
        for row in connection.execute(select(articles).where(articles.c.key.in_(chunk))).mappings():
            articles_by_key[row["key"]] = from_row(row)
    return articles_by_key


def decisions(connection: Connection) -> list[Decision]:
    """Return all manual decisions about pairs of articles."""
    rows = connection.execute(select(corrections.c.a, corrections.c.b, corrections.c.same))
    return [Decision(row.a, row.b, bool(row.same)) for row in rows]


def frequencies(connection: Connection) -> bytes | None:
    """Return the word frequencies that the last grouping stored."""
    query = select(words_met.c.body).where(words_met.c.version == RECORD_VERSION)
    return connection.execute(query).scalar()


def save_grouping(
    connection: Connection, grouping: Grouping, window: timedelta, now: datetime
) -> tuple[set[str], set[str]]:
    """Store the result of grouping. Returns the ids of the new stories, and of the older ones that changed."""
    new = [*grouping.new_stories.items()]
    if new:
        connection.exec_driver_sql("INSERT OR IGNORE INTO stories (id, updated, began) VALUES (?, 0, ?)", new)
        connection.exec_driver_sql("DELETE FROM redirects WHERE old = ?", [(story,) for story, _ in new])
    _place_articles(connection, grouping)
    for old, into in grouping.merged.items():
        _merge(connection, old, into, now)
    affected = {one.story for one in grouping.placements} | {
        one.previous_story for one in grouping.placements if one.previous_story
    }
    changed = sorted(affected.union(grouping.merged.values()) - grouping.merged.keys())
    for chunk in chunks(changed):
        refresh(connection, chunk)
    _write_records(connection, grouping, window)
    save_storylines(connection, grouping.storylines, grouping.profiles)
    if grouping.frequencies is not None:
        connection.exec_driver_sql(
            "INSERT OR REPLACE INTO words_met VALUES (1, ?, ?)", (RECORD_VERSION, grouping.frequencies)
        )
    return {*grouping.new_stories}, {*changed} - grouping.new_stories.keys()


def _place_articles(connection: Connection, grouping: Grouping) -> None:
    placements = sorted(grouping.placements, key=lambda one: one.key)  # in the order of the pages on disk
    rows = [(one.story, one.why, one.duplicate_of, one.why is None, one.previous_story, one.key) for one in placements]
    if rows:
        connection.exec_driver_sql(
            "UPDATE articles SET story = ?, why = ?, duplicate_of = ?, founder = ?, was = coalesce(?, was) "
            "WHERE key = ?",
            rows,
        )
    moved = [(one.story, one.key) for one in grouping.placements if one.previous_story]
    if moved:  # copies move with their original
        connection.exec_driver_sql(
            "UPDATE articles SET was = story, story = ?1 WHERE duplicate_of = ?2 AND story <> ?1", moved
        )


def _merge(connection: Connection, old: str, into: str, now: datetime) -> None:
    """Move the remaining articles of a story into another, and redirect its id."""
    connection.exec_driver_sql(
        "UPDATE articles SET story = ?, was = ?, founder = 0, why = coalesce(why, ?) WHERE story = ?",
        (into, old, STORY_MERGED, old),
    )
    # A story is published if one of those merged into it was.
    connection.exec_driver_sql(
        "UPDATE stories SET digest = coalesce(digest, (SELECT x'' FROM stories WHERE id = ?1 AND digest IS NOT NULL)) "
        "WHERE id = ?2",
        (old, into),
    )
    inherit_storyline(connection, old, into)
    connection.exec_driver_sql("UPDATE redirects SET new = ? WHERE new = ?", (into, old))
    connection.exec_driver_sql("INSERT OR REPLACE INTO redirects VALUES (?, ?, ?)", (old, into, epoch(now)))
    connection.execute(delete(stories).where(stories.c.id == old))


def _write_records(connection: Connection, grouping: Grouping, window: timedelta) -> None:
    """Store new records, and delete those of articles far outside the window."""
    if grouping.records:
        rows = [(key, RECORD_VERSION, body, grouping.links.get(key)) for key, body in grouping.records.items()]
        connection.exec_driver_sql("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)", rows)
    newest = "(SELECT max(date) FROM articles WHERE story IS NOT NULL)"
    oldest = f"(SELECT min(key) FROM articles WHERE date >= {newest} - ?)"  # noqa: S608
    connection.exec_driver_sql(f"DELETE FROM records WHERE article < {oldest}", (2 * window.total_seconds(),))  # noqa: S608


LATE = 86400
"""Seconds after its publication from which an article that arrives counts as new by its arrival."""
_ORDER = f"""
CASE WHEN a.date = 0 OR a.first_seen <= s.began OR a.first_seen - a.date <= {LATE} THEN a.date ELSE a.first_seen END
"""
"""When an article was news to subscribers: when it was published, unless it arrived late from a known source."""


def refresh(connection: Connection, ids: Sequence[str]) -> None:
    """Update the date of the newest article, and the number of articles, of these stories.

    Those that an output has shown become stale; the others are revised by what they contain.
    """
    current = (
        f"SELECT coalesce(max(a.date), stories.updated), count(*), digest IS NOT NULL, "  # noqa: S608
        f"CASE WHEN digest IS NULL THEN coalesce(max({_ORDER}), revised) ELSE revised END "
        "FROM articles a JOIN sources s ON s.key = a.source WHERE a.story = stories.id AND a.duplicate_of IS NULL"
    )
    connection.exec_driver_sql(
        f"UPDATE stories SET (updated, size, stale, revised) = ({current}) WHERE id IN ({placeholders(ids)})",  # noqa: S608
        tuple(ids),
    )
