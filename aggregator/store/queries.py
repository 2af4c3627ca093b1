"""Queries across the store: full-text search, one article by URL or id, and deleting old articles."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select

from aggregator.model import Article
from aggregator.store.mapping import epoch, from_row, moment
from aggregator.store.schema import articles, contents, corrections, dropped, shown, sources
from aggregator.store.storylines import prune_storylines

BATCH = 5000  # articles indexed in one transaction


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All data about one article or dropped item.

    `key`: None for a dropped item; `was`: id of the story that it was in before; `original`: the article that it is a
    copy of; `dropped_by`, `reason`: the filter that dropped it, and why.
    """

    source: str
    key: int | None = None
    article: Article | None = None
    title: str
    url: str | None
    id: str
    guid: str | None = None
    seen: datetime
    story: str | None = None
    why: str | None = None
    was: str | None = None
    original: Article | None = None
    dropped_by: str | None = None
    reason: str | None = None


def find(connection: Connection, identifier: str, url: str | None) -> list[Trace]:
    """Return the articles and dropped items with this URL (`url`: its canonical form), id or guid."""
    addresses = [address for address in {identifier, url} if address]
    source_name = sources.c.name.label("source_name")
    query = select(articles, contents.c.html, source_name, sources.c.address)
    query = query.join(sources, sources.c.key == articles.c.source).outerjoin(
        contents, contents.c.article == articles.c.key
    )
    every = articles.c.source.in_(select(sources.c.key))  # the indexes begin with the source
    by_url = select(articles.c.key).where(every, articles.c.url.in_(addresses))
    by_guid = select(articles.c.key).where(every, articles.c.guid == identifier)
    rows = connection.execute(query.where(articles.c.key.in_(by_url.union(by_guid)))).mappings().all()
    if not rows:  # an id whose guid has changed since: rare, so there is no index for it
        rows = connection.execute(query.where(articles.c.id == identifier)).mappings().all()
    stored = [_trace(connection, row) for row in rows]
    return stored + _find_dropped(connection, identifier, addresses)


def _trace(connection: Connection, row: Any) -> Trace:
    seen = moment(row["last_seen"])
    assert seen
    return Trace(
        source=row["source_name"] or row["address"],
        key=row["key"],
        article=from_row(row, row["html"]),
        title=row["title"],
        url=row["url"],
        id=row["id"],
        guid=row["guid"],
        seen=seen,
        story=row["story"],
        why=row["why"],
        was=row["was"],
        original=_original(connection, row["duplicate_of"]),
    )


def _original(connection: Connection, key: int | None) -> Article | None:
    if key is None:
        return None
    return from_row(connection.execute(select(articles).where(articles.c.key == key)).mappings().one())


def _find_dropped(connection: Connection, identifier: str, addresses: list[str]) -> list[Trace]:
    query = select(dropped, sources.c.name.label("source_name"), sources.c.address)
    query = query.join(sources, sources.c.key == dropped.c.source)
    query = query.where(or_(dropped.c.url.in_(addresses), dropped.c.id == identifier))
    traces = []
    for row in connection.execute(query).mappings():
        seen = moment(row["seen"])
        assert seen
        traces.append(
            Trace(
                source=row["source_name"] or row["address"],
                title=row["title"],
                url=row["url"],
                id=row["id"],
                seen=seen,
                dropped_by=row["filter"],
                reason=row["reason"],
            )
        )
    return traces


def index_batch(connection: Connection) -> int:
    """Add up to `BATCH` new or changed articles to the full-text index, and return their number."""
    rows = connection.execute(
        select(articles.c.key, articles.c.title, articles.c.summary).where(articles.c.indexed == 0).limit(BATCH)
    ).all()
    if rows:
        keys = [(row.key,) for row in rows]
        connection.exec_driver_sql("DELETE FROM words WHERE rowid = ?", keys)
        texts = [(row.key, row.title, row.summary) for row in rows]
        connection.exec_driver_sql("INSERT INTO words (rowid, title, summary) VALUES (?, ?, ?)", texts)
        connection.exec_driver_sql("UPDATE articles SET indexed = 1 WHERE key = ?", keys)
    return len(rows)


def search(connection: Connection, words: str, limit: int) -> list[Article]:
    """Return the articles that contain all the words, newest first. The last word may be a prefix."""
    quoted = [f'"{word}"' for word in re.findall(r"[^\W_]+", words)]
    if not quoted:
        return []
    rows = connection.exec_driver_sql(
        "SELECT articles.* FROM words JOIN articles ON articles.key = words.rowid WHERE words MATCH ? "
        "ORDER BY articles.date DESC, articles.key LIMIT ?",
        (" ".join([*quoted[:-1], quoted[-1] + "*"]), limit or -1),
    )
    return [from_row(row) for row in rows.mappings()]


def prune(connection: Connection, before: datetime) -> int:
    """Delete the articles last seen before this time that are no longer in their feed and that no output shows. Returns
    their number."""
    old = (
        select(articles.c.key, articles.c.story)
        .join(sources, sources.c.key == articles.c.source)
        .where(articles.c.last_seen < epoch(before))
        # `last_seen` is updated once a day, so more than a day before the last full answer means: not in that answer.
        .where(articles.c.last_seen < sources.c.last_full - 2 * 86400)
        # Articles with a manual correction are kept: they are labelled pairs.
        .where(articles.c.key.not_in(select(corrections.c.a).union(select(corrections.c.b))))
    )
    old_articles = connection.execute(old).all()
    visible = set(connection.execute(select(shown.c.story)).scalars()) if old_articles else set()
    keys = [(row.key,) for row in old_articles if row.story not in visible]
    if keys:
        connection.exec_driver_sql("DELETE FROM words WHERE rowid = ?", keys)
        connection.exec_driver_sql("UPDATE articles SET duplicate_of = NULL WHERE duplicate_of = ?", keys)
        connection.exec_driver_sql("DELETE FROM articles WHERE key = ?", keys)
        connection.exec_driver_sql(
            "DELETE FROM stories WHERE id NOT IN (SELECT story FROM articles WHERE story IS NOT NULL)"
        )
    prune_storylines(connection)
    connection.exec_driver_sql("DELETE FROM dropped WHERE seen < ?", (epoch(before),))
    return len(keys)
