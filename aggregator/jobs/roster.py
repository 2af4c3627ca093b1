"""Keeps the schedule in step with the sources: those of the configuration, and the feeds of subscription lists.

The roster may have millions of entries. It is streamed into a temporary table; the database finds the differences, and
only these are written. Workers read the settings of the sources of their jobs, and never the whole roster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from aggregator.config.learned_lists import read_listed_feed
from aggregator.config.settings import Config, SourceSettings
from aggregator.config.values import source_address
from aggregator.jobs.leases import ROSTER, SINGLE_LOCKS
from aggregator.jobs.schedule import due_of, shard_of_source, write_setting
from aggregator.jobs.shards import parts_for, shard_of
from aggregator.scheduling.due import HOUR
from aggregator.store.connection import Connection, value_of
from aggregator.store.postgresql import PostgresqlConnection
from aggregator.store.prepared import Prepared
from aggregator.store.source_states import read_states_of
from aggregator.store.transactions import transaction
from aggregator.text.units import parse_duration
from aggregator.text.urls import address_key

Table = dict[str, Any]

BATCH = 5_000


class Entry(msgspec.Struct, frozen=True):
    """A source of the roster. `address`: its `SourceSettings.key`; `every`: seconds; `list`, `table`: the key of the
    subscription list that it comes from, and its table there; None for a source of the configuration."""

    address: str
    every: int | None = None
    list: str | None = None
    table: Table | None = None


class Synchronised(msgspec.Struct, frozen=True):
    """What a synchronisation changed. `total`: sources in the schedule; `parts`: see aggregator/jobs/shards.py."""

    total: int
    added: int
    removed: int
    changed: int
    parts: int


class Roster:
    """Finds the settings of sources: those of the configuration by address, those of lists by their entry."""

    def __init__(self, config: Config) -> None:
        self._sources = {source.key: source for source in config.sources}

    def settings(self, address: str, list_key: str | None, entry: str | None) -> SourceSettings | None:
        """Return the settings of a source; None if this configuration has neither the source nor its list."""
        if address in self._sources or list_key is None or entry is None:
            return self._sources.get(address)
        subscription_list = self._sources.get(list_key)
        if subscription_list is None:
            return None
        feed = read_listed_feed(subscription_list, msgspec.json.decode(entry))
        return feed if feed and feed.key == address else None

    def entries(self, lists: Mapping[str, Iterable[Table]]) -> Iterator[Entry]:
        """Yield the sources that are collected: those of the configuration, then the feeds of its lists.

        `lists`: the `[[sources]]` tables of the feeds, by the key of their list.
        """
        for source in self._sources.values():
            if source.enabled:
                yield Entry(source.key, _seconds(source.every))
        for key, tables in lists.items():
            subscription_list = self._sources.get(key)
            if subscription_list and subscription_list.enabled:
                yield from _listed(key, subscription_list, tables)


def synchronise(connection: Connection, roster: Iterable[Entry], now: int) -> Synchronised:
    """Make the schedule that of these sources; an entry takes precedence over later ones with the same address.

    New sources are due at once, others when their state says so. `now`: epoch seconds.
    """
    with transaction(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (SINGLE_LOCKS, ROSTER))
        _read_into_table(connection, roster)
        removed = connection.execute(_REMOVE).rowcount
        connection.execute(_ADD_SOURCES)
        changed = _execute_all(connection, _RELIST)
        added = connection.execute(_ADD).rowcount
        recomputed = connection.execute(_TAKE_EVERY).rowcount
        _recompute(connection)
        reset_future_tries(connection, now)
        total = value_of(connection.execute("SELECT count(*) FROM schedule"))
        parts = parts_for(total)
        write_setting(connection, "parts", str(parts))
    connection.execute("ANALYZE schedule")
    return Synchronised(total=total, added=added, removed=removed, changed=changed + recomputed, parts=parts)


def reset_future_tries(connection: Connection, now: int) -> None:
    """Make sources due whose last try is in the future: the clock of the machine that collected them was wrong."""
    _RESET_FUTURE.execute(connection, now=now, latest=now + int(HOUR.total_seconds()))


def roster_digest(roster: Iterable[Entry]) -> str:
    """Return a digest of a roster: one that is known needs no synchronisation."""
    total, encode = hashlib.blake2b(digest_size=16), msgspec.json.Encoder(order="sorted").encode
    for entry in roster:
        total.update(encode(entry))
    return total.hexdigest()


_WANTED = """
    CREATE TEMPORARY TABLE wanted (
        position bigint, address text, identity text, every int, shard smallint, list text, entry text
    ) ON COMMIT DROP
"""
_INDEX_WANTED = (
    # The first entry of an address counts; spellings of it differ. An index cannot contain a long text, but its digest.
    "CREATE INDEX wanted_identity ON wanted (identity, position)",
    "DELETE FROM wanted AS one USING wanted AS first "
    "WHERE first.identity = one.identity AND first.position < one.position",
    "CREATE UNIQUE INDEX wanted_address ON wanted (md5(address))",
    "ANALYZE wanted",
)
_REMOVE = """
    DELETE FROM schedule USING sources
    WHERE sources.key = schedule.source AND NOT EXISTS (SELECT FROM wanted WHERE wanted.address = sources.address)
"""
_ADD_SOURCES = """
    INSERT INTO sources (address)
    SELECT address FROM wanted
    WHERE NOT EXISTS (SELECT FROM sources WHERE sources.address = wanted.address)
    ORDER BY position ON CONFLICT DO NOTHING
"""
_RELIST = (
    """
    DELETE FROM listed USING sources
    WHERE sources.key = listed.source
    AND NOT EXISTS (SELECT FROM wanted WHERE wanted.address = sources.address AND wanted.list IS NOT NULL)
    """,
    """
    INSERT INTO listed (source, list, entry)
    SELECT sources.key, wanted.list, wanted.entry FROM wanted JOIN sources ON sources.address = wanted.address
    WHERE wanted.list IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM listed
        WHERE listed.source = sources.key AND listed.list = wanted.list AND listed.entry = wanted.entry
    )
    ON CONFLICT (source) DO UPDATE SET list = excluded.list, entry = excluded.entry
    """,
)
# Those that were tried before get their due time from `_recompute`; a new row has asked = -1 until then.
_ADD = """
    INSERT INTO schedule (source, due, asked, every, shard)
    SELECT sources.key, 0, CASE WHEN sources.last_try IS NULL THEN 0 ELSE -1 END, wanted.every, wanted.shard
    FROM wanted JOIN sources ON sources.address = wanted.address
    WHERE NOT EXISTS (SELECT FROM schedule WHERE schedule.source = sources.key)
    ORDER BY wanted.position
"""
_TAKE_EVERY = """
    UPDATE schedule SET every = wanted.every, asked = -1 - schedule.asked
    FROM wanted JOIN sources ON sources.address = wanted.address
    WHERE schedule.source = sources.key AND schedule.every IS DISTINCT FROM wanted.every AND schedule.asked >= 0
"""
_UNCOMPUTED = "SELECT source, every FROM schedule WHERE asked < 0 AND source > %s ORDER BY source LIMIT %s"
_SET_DUE = Prepared("""
    UPDATE schedule SET due = one.due, shard = one.shard, asked = -schedule.asked
    FROM unnest(CAST(:sources AS bigint[]), CAST(:due AS bigint[]), CAST(:shards AS smallint[]))
        AS one (source, due, shard)
    WHERE schedule.source = one.source
""")
_RESET_FUTURE = Prepared("""
    UPDATE schedule SET due = 0 FROM sources
    WHERE sources.key = schedule.source AND sources.last_try > :latest AND schedule.due > :now
""")


def _read_into_table(connection: Connection, roster: Iterable[Entry]) -> None:
    connection.execute(_WANTED)
    assert isinstance(connection, PostgresqlConnection)
    with connection.session.cursor() as cursor, cursor.copy("COPY wanted FROM STDIN") as copy:
        for position, entry in enumerate(roster):
            address = entry.address
            table = None if entry.table is None else msgspec.json.encode(entry.table, order="sorted").decode()
            shard = shard_of(address)
            identity = hashlib.blake2b(address_key(address).encode(), digest_size=16).hexdigest()
            copy.write_row((position, address, identity, entry.every, shard, entry.list, table))
    _execute_all(connection, _INDEX_WANTED)


def _recompute(connection: Connection) -> None:
    """Compute the due times of sources that were added with a state, or whose `every` changed."""
    last = 0
    while rows := connection.execute(_UNCOMPUTED, (last, BATCH)).fetchall():
        states = read_states_of(connection, [source for source, _ in rows])
        values = {
            "sources": [source for source, _ in rows],
            "due": [due_of(states[source], every) for source, every in rows],
            "shards": [shard_of_source(states[source]) for source, _ in rows],
        }
        _SET_DUE.execute(connection, **values)
        last = rows[-1][0]


def _execute_all(connection: Connection, statements: Iterable[str]) -> int:
    return sum(connection.execute(statement).rowcount for statement in statements)


def _listed(key: str, subscription_list: SourceSettings, tables: Iterable[Table]) -> Iterator[Entry]:
    for table in tables:
        address = _web_address(table.get("url"))
        if address and table.get("enabled", True) is True:
            yield Entry(address, _every(table, subscription_list), key, table)


def _web_address(url: Any) -> str | None:
    """Return the address of a feed as the settings of its source have it; None if it is none on the web."""
    try:
        address = source_address(url, Path()) if isinstance(url, str) and "\0" not in url else ""
    except ValueError:
        return None
    return address if address.startswith(("http://", "https://")) else None


def _every(table: Table, subscription_list: SourceSettings) -> int | None:
    if "every" not in table:
        return _seconds(subscription_list.every)
    try:
        return _seconds(parse_duration(table["every"]))
    except (ValueError, TypeError, AttributeError):
        return _seconds(subscription_list.every)


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else min(int(duration.total_seconds()), 2**31 - 1)
