"""The due times of all sources, and the counter that makes sure that only one worker stores what it collected.

The due time is the truth about what is to be done: jobs only say where to look. Every function works on a connection
to PostgreSQL that commits each statement by itself, or within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from aggregator.jobs.leases import SCHEMA, SINGLE_LOCKS
from aggregator.jobs.schema import CREATION
from aggregator.jobs.shards import MIN_PARTS, SHARDS, Part, shard_of
from aggregator.scheduling.due import OVERDUE, due_time
from aggregator.scheduling.state import SourceState
from aggregator.store.connection import Connection, value_of
from aggregator.store.prepared import Prepared
from aggregator.store.transactions import SupersededError, transaction

AGES = (60, OVERDUE, 1800, 3600, 6 * 3600, 24 * 3600)
"""Limits of the ages by which due sources are counted, in seconds."""


class Claim(msgspec.Struct, frozen=True):
    """A source that a worker is about to collect, as the schedule had it when the worker took it up.

    `source`: its key in the store; `asked`: how often it had been visited; `every`: its configured interval in seconds.
    """

    source: int
    asked: int
    every: int | None = None


class DueRow(msgspec.Struct, frozen=True):
    """A due source. `address`: its `SourceSettings.key`; `list`, `entry`: the subscription list that it comes from,
    and its `[[sources]]` table there as JSON; None for a source of the configuration."""

    claim: Claim
    shard: int
    due: int
    address: str
    list: str | None
    entry: str | None


class DueCounts(msgspec.Struct, frozen=True):
    """The state of the schedule. `gone`: never due again; `due`: now; `overdue`: for more than five minutes; `ages`:
    the number of sources that have been due for at most so many seconds, and since any time (None); `oldest`: seconds
    since the first of them was due."""

    total: int
    gone: int
    due: int
    overdue: int
    oldest: int
    ages: dict[int | None, int]


_DUE_SHARDS = Prepared("""
    SELECT shard FROM unnest(CAST(:shards AS smallint[])) AS shard
    WHERE (SELECT due FROM schedule WHERE schedule.shard = shard.shard AND due IS NOT NULL ORDER BY due LIMIT 1) <= :now
""")
# A subquery for each shard, and no join: the planner would read the whole index to join it.
_DUE_SOURCES = Prepared("""
    SELECT due.source, due.asked, due.every, due.shard, due.due, sources.address, listed.list, listed.entry
    FROM (
        SELECT schedule.* FROM unnest(CAST(:shards AS smallint[])) AS one (shard)
        CROSS JOIN LATERAL (
            SELECT * FROM schedule
            WHERE schedule.shard = one.shard AND due <= :now AND source <> ALL(CAST(:without AS bigint[]))
            ORDER BY due LIMIT :limit
        ) AS schedule
        ORDER BY due, source LIMIT :limit
    ) AS due
    JOIN sources ON sources.key = due.source
    LEFT JOIN listed ON listed.source = due.source
    ORDER BY due.due, due.source
""")
_SCHEDULED = Prepared("""
    SELECT schedule.source, asked, every, shard, coalesce(due, 0), sources.address, listed.list, listed.entry
    FROM sources JOIN schedule ON schedule.source = sources.key LEFT JOIN listed ON listed.source = sources.key
    WHERE sources.address = ANY(CAST(:addresses AS text[]))
""")
_VISIT = Prepared("""
    UPDATE schedule SET due = :due, shard = :shard, asked = asked + 1 WHERE source = :source AND asked = :asked
    RETURNING source
""")
_VISIT_ALL = Prepared("""
    UPDATE schedule SET due = visit.due, shard = visit.shard, asked = schedule.asked + 1
    FROM unnest(CAST(:source AS bigint[]), CAST(:asked AS int[]), CAST(:due AS bigint[]), CAST(:shard AS smallint[]))
        AS visit (source, asked, due, shard)
    WHERE schedule.source = visit.source AND schedule.asked = visit.asked
    RETURNING schedule.source
""")
_POSTPONE = Prepared("""
    UPDATE schedule SET due = schedule.due + greatest(:due - schedule.due, 0), asked = schedule.asked + 1
    FROM unnest(CAST(:sources AS bigint[]), CAST(:asked AS int[])) AS visit (source, asked)
    WHERE schedule.source = visit.source AND schedule.asked = visit.asked
""")
_DUE_SINCE = Prepared("""
    SELECT sum(n) FROM unnest(CAST(:shards AS smallint[])) AS one (shard)
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM schedule WHERE schedule.shard = one.shard AND due <= :now) AS counted
""")
_AGES = Prepared("""
    SELECT width_bucket(:now - due, CAST(:limits AS bigint[])) AS age, count(*), min(due)
    FROM unnest(CAST(:shards AS smallint[])) AS one (shard)
    CROSS JOIN LATERAL (SELECT due FROM schedule WHERE schedule.shard = one.shard AND due <= :now) AS due
    GROUP BY 1
""")
_MAKE_DUE = Prepared("UPDATE schedule SET due = 0 WHERE source = :source")
_TOTALS = Prepared("SELECT count(*), count(*) - count(due) FROM schedule")
_READ_SETTING = Prepared("SELECT value FROM settings WHERE name = :name")
_WRITE_SETTING = Prepared(
    "INSERT INTO settings VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def create_tables(connection: Connection) -> None:
    """Create the tables of the schedule, if they are missing; safe if several processes do so at once."""
    with transaction(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (SINGLE_LOCKS, SCHEMA))
        if not _exists(connection):
            for statement in CREATION:
                connection.execute(statement)


def make_due(connection: Connection, source: int) -> None:
    """Make a source due at once, if a schedule was made before. `source`: its key in the store."""
    with transaction(connection):
        if _exists(connection):
            _MAKE_DUE.execute(connection, source=source)


def _exists(connection: Connection) -> bool:
    return value_of(connection.execute("SELECT to_regclass('schedule')")) is not None


def due_parts(connection: Connection, now: int, busy: Collection[int] = ()) -> list[Part]:
    """Return the parts with sources that are due: what to make jobs for. `busy`: shards to be left out."""
    of = parts_for_roster(connection)
    shards = due_shards(connection, (shard for shard in range(SHARDS) if shard not in busy), now)
    return [Part(number, of) for number in sorted({shard % of for shard in shards})]


def due_shards(connection: Connection, shards: Iterable[int], now: int) -> list[int]:
    """Return those of the shards that have sources which are due."""
    return list(_DUE_SHARDS.column(connection, shards=list(shards), now=now))


def due_sources(
    connection: Connection, shards: Collection[int], now: int, limit: int, without: Collection[int] = ()
) -> list[DueRow]:
    """Return up to `limit` due sources of these shards, those first that have been due for longest.

    `without`: keys of sources that this worker does not know.
    """
    values = {"shards": list(shards), "now": now, "limit": limit, "without": list(without)}
    return [
        DueRow(Claim(source, asked, every), *rest)
        for source, asked, every, *rest in _DUE_SOURCES.execute(connection, **values)
    ]


def scheduled(connection: Connection, addresses: Collection[str]) -> list[DueRow]:
    """Return these sources, by `SourceSettings.key`, whether they are due or not; without those that are not
    scheduled."""
    rows = _SCHEDULED.execute(connection, addresses=list(addresses))
    return [DueRow(Claim(source, asked, every), *rest) for source, asked, every, *rest in rows]


def visit(connection: Connection, claim: Claim, state: SourceState) -> None:
    """Store when a source is due again, in the transaction that stores what was collected.

    Raises SupersededError if another worker has visited it since it was claimed; the transaction must be rolled back.
    """
    if not visit_all(connection, [(claim, state)]):
        raise SupersededError(f"{state.address}: another worker has collected it meanwhile; its result was kept")


def visit_all(connection: Connection, visits: Sequence[tuple[Claim, SourceState]]) -> frozenset[int]:
    """Store when sources are due again, and return the keys of those whose state may be stored in the transaction:
    the others were visited by another worker since they were claimed."""
    rows = [
        {"source": one.source, "asked": one.asked, "due": due_of(state, one.every), "shard": shard_of_source(state)}
        for one, state in sorted(visits, key=lambda visit: visit[0].source)
    ]
    if not rows:
        return frozenset()
    if len(rows) == 1:  # a sixth of the time that the statement for many takes
        return frozenset(_VISIT.column(connection, **rows[0]))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return frozenset(_VISIT_ALL.column(connection, **columns))


def postpone(connection: Connection, claims: Sequence[Claim], until: int) -> None:
    """Store a later due time of sources that were claimed, but not requested: no failure, and never an earlier one."""
    values = {"sources": [one.source for one in claims], "asked": [one.asked for one in claims], "due": until}
    if claims:
        _POSTPONE.execute(connection, **values)


def due_of(state: SourceState, every: int | None) -> int | None:
    """Return the epoch second from which a source is due; None if it is gone."""
    if state.gone:
        return None
    return int(due_time(state, None if every is None else timedelta(seconds=every)).timestamp())


def shard_of_source(state: SourceState) -> int:
    """Return the shard that a source belongs to: that of the address to which it has moved."""
    return shard_of(state.moved_to or state.address)


def count_due(connection: Connection, now: int, shards: Iterable[int] = range(SHARDS)) -> int:
    """Return the number of sources that are due."""
    return int(_DUE_SINCE.value(connection, shards=list(shards), now=now) or 0)


def count_all(connection: Connection, now: datetime) -> DueCounts:
    """Return the counts of the whole schedule."""
    at = int(now.timestamp())
    rows = _AGES.execute(connection, shards=list(range(SHARDS)), now=at, limits=list(AGES)).fetchall()
    ages: dict[int | None, int] = dict.fromkeys((*AGES, None), 0)
    for age, count, _ in rows:
        ages[(*AGES, None)[age]] += count
    total, gone = _TOTALS.execute(connection).fetchone()
    return DueCounts(
        total=total,
        gone=gone,
        due=sum(ages.values()),
        overdue=sum(count for age, count in ages.items() if age is None or age > OVERDUE),
        oldest=at - min((due for *_, due in rows), default=at),
        ages=ages,
    )


def parts_for_roster(connection: Connection) -> int:
    """Return the number of parts, as the last synchronisation of the roster decided it."""
    return int(read_setting(connection, "parts") or MIN_PARTS)


def read_setting(connection: Connection, name: str) -> str | None:
    """Return a value that all workers share."""
    value: str | None = _READ_SETTING.value(connection, name=name)
    return value


def write_setting(connection: Connection, name: str, value: str) -> None:
    """Store a value that all workers share."""
    _WRITE_SETTING.execute(connection, name=name, value=value)
