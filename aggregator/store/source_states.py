"""What the store knows of each configured source: where it is now, how it has been, when to ask it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from aggregator.config.settings import SourceSettings
from aggregator.model import Subscription
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm
from aggregator.store.mapping import chunks, epoch, moment
from aggregator.store.schema import articles, sources

_TIMES = ("last_try", "last_success", "last_full", "next_due", "retry_at", "ill_since", "said")
BARREN = 3
"""So many full answers in a row without an article are no chance."""
_LEARNED: dict[str, type[Any]] = {"rhythm": Rhythm, "hints": Hints}


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """A source's history. `address`: what the configuration calls it (`SourceSettings.key`); `home`: its own page.

    `options`: a digest of the configuration that `etag` and `last_modified` belong to; `last_full`: when it last
    answered in full; `retry_at`: the publisher's Retry-After; `subscriptions`: the feeds that it lists, as JSON;
    `memory`: what its plugin keeps of it, and `filter_memory` what the filters do, as JSON; `barren`: full answers in a
    row that held nothing; `failures`: in a row; `kind`, `error`: of the last one; `ill_since`: when the first of them
    was; `said`: when a run last spoke of it; `gone`: it answered 410.
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
    barren: int = 0
    failures: int = 0
    kind: str | None = None
    error: str | None = None
    ill_since: datetime | None = None
    said: datetime | None = None
    gone: bool = False

    @property
    def is_barren(self) -> bool:
        """Whether it answers, and has long given nothing: a page that has changed looks so."""
        return self.barren >= BARREN

    def called(self, settings: SourceSettings) -> str:
        """What people call it: as configured, else as it calls itself, else by its address."""
        return settings.name or self.name or settings.key


_COLUMNS = (*(name for name in SourceState.__struct_fields__ if name not in _TIMES), *_TIMES)


def read_states(connection: Connection, settings: Sequence[SourceSettings]) -> list[SourceState | None]:
    """The state of each, None where there is none yet. A source whose address was edited is known by its name."""
    stored = [_state(row) for row in connection.execute(select(*(sources.c[name] for name in _COLUMNS)))]
    by_address = {state.address: state for state in stored}
    claimed = {one.key for one in settings}
    by_name = {state.name: state for state in stored if state.name and state.address not in claimed}
    return [by_address.get(one.key) or (by_name.get(one.name) if one.name else None) for one in settings]


def ensure_states(connection: Connection, settings: Sequence[SourceSettings]) -> list[SourceState]:
    """The state of each, made where there is none; an edited address takes the place of the old one."""
    found = read_states(connection, settings)
    missing = [one.key for one, state in zip(settings, found, strict=True) if state is None]
    moved = [(one.key, s.key) for one, s in zip(settings, found, strict=True) if s and s.address != one.key]
    if missing:
        connection.execute(insert(sources), [{"address": address} for address in dict.fromkeys(missing)])
    if moved:
        statement = update(sources).where(sources.c.key == bindparam("known"))
        # What was learned of it stays; how it has been at the old address says nothing of the new one.
        anew = ("moved_to", "etag", "last_modified", "last_success", "next_due", "retry_at", "kind", "error", "memory")
        values: dict[str, Any] = {name: None for name in (*anew, "ill_since", "said")}
        values |= {"address": bindparam("to"), "failures": 0, "gone": 0, "barren": 0}
        connection.execute(statement.values(**values), [{"to": address, "known": key} for address, key in moved])
    states = read_states(connection, settings) if missing or moved else found
    return [state for state in states if state is not None]


def write_states(connection: Connection, states: Sequence[SourceState]) -> None:
    """Keep these states, in one statement."""
    columns = [name for name in SourceState.__struct_fields__ if name != "key"]
    # Written out: compiling the statement for every source takes as long as carrying it out.
    values = ", ".join(f"{name} = ?" for name in columns)
    rows = [_row(state, columns) for state in states]
    connection.exec_driver_sql(f"UPDATE sources SET {values} WHERE key = ?", rows)  # noqa: S608 - names of columns


def read_subscriptions(connection: Connection) -> dict[str, list[Subscription]]:
    """The feeds that each source lists, by its address."""
    statement = select(sources.c.address, sources.c.subscriptions).where(sources.c.subscriptions.is_not(None))
    return {
        address: msgspec.json.decode(subscriptions, type=list[Subscription])
        for address, subscriptions in connection.execute(statement)
    }


def read_ill(connection: Connection) -> list[SourceState]:
    """The states of all sources whose last answer was a failure, in the order they came to be known."""
    failing = select(*(sources.c[name] for name in _COLUMNS)).where(sources.c.failures > 0).order_by(sources.c.key)
    return [_state(row) for row in connection.execute(failing)]


def note_said(connection: Connection, keys: Sequence[int], now: datetime) -> None:
    """Keep that a run has spoken of these sources."""
    for chunk in chunks(keys):
        connection.execute(update(sources).where(sources.c.key.in_(chunk)).values(said=epoch(now)))


def count_articles(connection: Connection) -> dict[int, int]:
    """How many articles the store holds of each source, by its key."""
    rows = connection.execute(select(articles.c.source, func.count()).group_by(articles.c.source))
    return {source: count for source, count in rows}


def _row(state: SourceState, columns: Sequence[str]) -> tuple[Any, ...]:
    values = {name: getattr(state, name) for name in columns}
    values |= {name: epoch(values[name]) for name in _TIMES}
    values |= {name: _packed(values[name]) for name in _LEARNED}
    return (*(values | {"gone": int(state.gone)}).values(), state.key)


def _state(row: Iterable[Any]) -> SourceState:
    """The state in a row of `_COLUMNS`."""
    values = dict(zip(_COLUMNS, row, strict=True))
    for name in _TIMES:
        if values[name] is not None:
            values[name] = moment(values[name])
    for name, kind in _LEARNED.items():
        values[name] = _unpacked(values[name], kind)
    values["gone"] = bool(values["gone"])
    return SourceState(**values)


def _packed(value: msgspec.Struct) -> bytes | None:
    return None if value == type(value)() else msgspec.msgpack.encode(value)


def _unpacked(body: bytes | None, kind: type[Any]) -> Any:
    return kind() if body is None else msgspec.msgpack.decode(body, type=kind)
