"""Reads and writes the states of sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import msgspec

from aggregator.config.settings import SourceSettings
from aggregator.model import Subscription
from aggregator.scheduling.publisher_hints import Hints
from aggregator.scheduling.rhythm import Rhythm
from aggregator.scheduling.state import SourceState
from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks, epoch, moment
from aggregator.store.prepared import Prepared, inserting_missing
from aggregator.store.schema import sources

_TIMES = ("last_try", "last_success", "last_full", "next_due", "retry_at", "failing_since", "reported_at")
_LEARNED: dict[str, msgspec.Struct] = {"rhythm": Rhythm(), "hints": Hints()}
"""What is learned of a source as MessagePack, with the value that is stored as NULL."""
_FIELDS = SourceState.__struct_fields__
_DECODERS = {field: msgspec.msgpack.Decoder(type(nothing)) for field, nothing in _LEARNED.items()}
_encode = msgspec.msgpack.Encoder().encode
_COLUMN_OF = {"failing_since": "ill_since", "reported_at": "said", "empty_answers": "barren"}
"""The columns whose names differ from the fields of `SourceState`."""


def _column(field: str) -> str:
    return _COLUMN_OF.get(field, field)


_ADD = inserting_missing(sources, ("address",))
_WRITE = Prepared(
    f"UPDATE sources SET {', '.join(f'{_column(field)} = :{field}' for field in _FIELDS if field != 'key')} "  # noqa: S608 - constants
    "WHERE key = :key"
)
_SELECT = f"SELECT {', '.join(map(_column, _FIELDS))} FROM sources"  # noqa: S608 - constants
_READ = Prepared(_SELECT)
_READ_SOME = Prepared(f"{_SELECT} WHERE key IN :keys")
_MOVE = Prepared(  # the learned rhythm stays valid; the history of requests at the old address does not
    "UPDATE sources SET address = :address, moved_to = NULL, etag = NULL, last_modified = NULL, last_success = NULL, "
    "next_due = NULL, retry_at = NULL, kind = NULL, error = NULL, memory = NULL, ill_since = NULL, said = NULL, "
    "failures = 0, gone = 0, barren = 0 WHERE key = :key"
)
_SUBSCRIPTIONS = Prepared("SELECT address, subscriptions FROM sources WHERE subscriptions IS NOT NULL")
_REPORTED = Prepared("UPDATE sources SET said = :now WHERE key IN :keys")
_COUNT = Prepared("SELECT source, count(*) FROM articles GROUP BY source")
_FREE_ADDRESS = Prepared(
    "UPDATE sources SET address = address || ' (removed)' WHERE address = :address AND key <> :key"
)
_SET_ADDRESS = Prepared("UPDATE sources SET address = :address WHERE key = :key")
_TAGS = Prepared("SELECT DISTINCT tags FROM articles WHERE tags IS NOT NULL")


def read_states(connection: Connection, settings: Sequence[SourceSettings]) -> list[SourceState | None]:
    """Return the state of each source, or None. A source whose address was edited is recognised by its name."""
    stored = [*map(_state, _READ.execute(connection))]
    by_address = {state.address: state for state in stored}
    configured = {source.key for source in settings}
    by_name = {state.name: state for state in stored if state.name and state.address not in configured}
    return [by_address.get(source.key) or (by_name.get(source.name) if source.name else None) for source in settings]


def read_states_of(connection: Connection, keys: Sequence[int]) -> dict[int, SourceState]:
    """Return the states of sources by their keys."""
    states = (_state(row) for chunk in chunks(keys) for row in _READ_SOME.execute(connection, keys=chunk))
    return {state.key: state for state in states}


def ensure_states(connection: Connection, settings: Sequence[SourceSettings]) -> list[SourceState]:
    """Return the state of each source; missing ones are inserted, and edited addresses are updated."""
    stored = read_states(connection, settings)
    pairs = [*zip(settings, stored, strict=True)]
    missing = [source.key for source, state in pairs if state is None]
    moved = [
        {"address": source.key, "key": state.key} for source, state in pairs if state and state.address != source.key
    ]
    if missing:
        _ADD.execute_many(connection, [{"address": address} for address in dict.fromkeys(missing)])
    _MOVE.execute_many(connection, moved)
    states = read_states(connection, settings) if missing or moved else stored
    return [state for state in states if state is not None]


def write_states(connection: Connection, states: Sequence[SourceState]) -> None:
    """Write these states, in one statement."""
    _WRITE.execute_many(connection, sorted(map(_row, states), key=itemgetter("key")))


def read_subscriptions(connection: Connection) -> dict[str, list[Subscription]]:
    """Return the feeds of subscription lists, by `SourceSettings.key` of the list, as of when it was last read."""
    return {
        address: msgspec.json.decode(subscriptions, type=list[Subscription])
        for address, subscriptions in _SUBSCRIPTIONS.execute(connection)
    }


def write_reported(connection: Connection, keys: Sequence[int], now: datetime) -> None:
    """Store that a run has reported these sources."""
    for chunk in chunks(keys):
        _REPORTED.execute(connection, now=epoch(now), keys=chunk)


def count_articles(connection: Connection) -> dict[int, int]:
    """Return the number of stored articles per source, by key."""
    return {source: count for source, count in _COUNT.execute(connection)}


def write_address(connection: Connection, key: int, address: str) -> None:
    """Store what identifies a source. A state without a configured source that is identified so is renamed."""
    _FREE_ADDRESS.execute(connection, address=address, key=key)
    _SET_ADDRESS.execute(connection, address=address, key=key)


def read_tags(connection: Connection) -> frozenset[str]:
    """Return the tags that any article has."""
    return frozenset(tag for tags in _TAGS.column(connection) for tag in msgspec.json.decode(tags, type=list[str]))


def _row(state: SourceState) -> dict[str, Any]:
    values = msgspec.structs.asdict(state)
    for field in _TIMES:
        values[field] = epoch(values[field])
    for field, nothing in _LEARNED.items():
        values[field] = None if values[field] == nothing else _encode(values[field])
    values["gone"] = int(state.gone)
    return values


def _state(row: Iterable[Any]) -> SourceState:
    """Return the state of a row of `_FIELDS`."""
    values = dict(zip(_FIELDS, row, strict=True))
    for field in _TIMES:
        if (seconds := values[field]) is not None:
            values[field] = moment(seconds)
    for field, nothing in _LEARNED.items():
        body = values[field]
        values[field] = nothing if body is None else _DECODERS[field].decode(body)
    values["gone"] = bool(values["gone"])
    return SourceState(**values)
