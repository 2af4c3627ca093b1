"""The ledger of deliveries: what was composed, its state, and the stories that need no further delivery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from aggregator.store.connection import Connection
from aggregator.store.mapping import chunks, epoch, moment
from aggregator.store.prepared import Prepared, inserting_missing
from aggregator.store.schema import after_commands, delivered, deliveries

State = Literal["pending", "sending", "sent", "uncertain", "failed", "dropped", "past"]
"""`pending`: to be sent; `sending`: an attempt is running, or the process was killed during it; `sent`: it has
arrived; `uncertain`: it may have arrived; `failed`: it will not arrive; `dropped`: by the user; `past`: older than its
output."""
NO_LIMIT = 2**63 - 1
"""A LIMIT that has no effect."""
OPEN: tuple[State, ...] = ("pending", "sending", "uncertain")
KEEP_PAYLOAD = timedelta(days=7)
"""How long the payload of a delivery is kept after it has arrived or was dropped."""

_DELIVERED = Prepared(
    "SELECT story FROM delivered WHERE output = :output "
    "UNION SELECT new FROM redirects JOIN delivered ON story = old WHERE output = :output"
)
_COLUMNS = (
    *("output", "recipient", "name", "label", "stories", "payload", "supersedes", "local", "state"),
    *("attempts", "made", "changed", "next_try", "held_until"),
)
_INSERT = inserting_missing(deliveries, _COLUMNS)
_REPLACE = Prepared(
    "UPDATE deliveries SET name = :name, label = :label, stories = :stories, payload = :payload, "
    "state = 'pending', attempts = 0, made = :made, changed = :made, next_try = 0, held_until = 0, error = NULL "
    "WHERE output = :output AND recipient = :recipient AND supersedes = 1"
)
_WRITE_SELECTION = Prepared(
    "INSERT INTO delivering VALUES (:output, :selection, :made) "
    "ON CONFLICT (output) DO UPDATE SET selection = excluded.selection"
)
_MARK_DELIVERED = inserting_missing(delivered, ("output", "story", "made"))
_DELETE_PAYLOADS = Prepared(
    "UPDATE deliveries SET payload = NULL "
    "WHERE payload IS NOT NULL AND state IN ('sent', 'dropped') AND changed < :before"
)
_PRUNE_DELIVERED = Prepared(
    "DELETE FROM delivered WHERE made < :before "
    "AND NOT EXISTS (SELECT 1 FROM stories WHERE stories.id = delivered.story)"
)
_KEYS = Prepared("SELECT name FROM deliveries WHERE output = :output")
_SELECTION = Prepared("SELECT selection FROM delivering WHERE output = :output")
_SAME = Prepared("SELECT id FROM deliveries WHERE output = :output AND recipient = :recipient AND name = :name")
_REPEAT = Prepared("UPDATE deliveries SET state = 'pending' WHERE state = 'sending' AND (supersedes = 1 OR local = 1)")
_SENDING = Prepared("SELECT id FROM deliveries WHERE state = 'sending'")
_READ = Prepared("SELECT * FROM deliveries ORDER BY id DESC LIMIT :limit")
_READ_STATES = Prepared("SELECT * FROM deliveries WHERE state IN :states ORDER BY id DESC LIMIT :limit")
_READ_ONE = Prepared("SELECT * FROM deliveries WHERE id = :id")
_SET_STATE = Prepared(
    "UPDATE deliveries SET state = :state, changed = :changed, error = :error, attempts = attempts + :begun "
    "WHERE id = :id"
)
_POSTPONE = Prepared(
    "UPDATE deliveries SET state = 'pending', error = :error, next_try = :next_try, held_until = :held_until "
    "WHERE id = :id"
)
_RELEASE = Prepared(
    "UPDATE deliveries SET state = 'pending', attempts = 0, made = :now, changed = :now, next_try = 0, held_until = 0, "
    "error = NULL WHERE id = :id"
)
_CLOSED = Prepared(
    "SELECT id, stories FROM deliveries WHERE state NOT IN :open AND supersedes = 0 AND changed < :before"
)
_STORED = Prepared("SELECT id FROM stories WHERE id IN :ids")
_DELETE = Prepared("DELETE FROM deliveries WHERE id IN :ids")
_AFTER = Prepared("SELECT since FROM after_commands")
_DELETE_AFTER = Prepared("DELETE FROM after_commands")
_SET_AFTER = inserting_missing(after_commands, ("key", "since"))


class NewDelivery(Protocol):
    """A delivery as an output composes it: `aggregator.model.delivery.Delivery`."""

    @property
    def key(self) -> str: ...
    @property
    def recipient(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def label(self) -> str: ...
    @property
    def stories(self) -> tuple[str, ...]: ...
    @property
    def supersedes(self) -> bool: ...
    @property
    def local(self) -> bool: ...


class StoredDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery of the ledger. `output`: `OutputSettings.key`; `payload`: None if it is no longer kept; `changed`:
    when its state last changed; `held_until`: the end of a Retry-After; the rest: see `Delivery` and `State`."""

    id: int
    output: str
    recipient: str
    key: str
    label: str
    stories: tuple[str, ...]
    payload: bytes | None
    supersedes: bool
    local: bool
    state: State
    attempts: int
    made: datetime
    changed: datetime
    next_try: datetime
    held_until: datetime
    error: str | None


def delivered_stories(connection: Connection, output: str) -> frozenset[str]:
    """Return the ids of the stories that an output must not deliver again; of merged ones, those that they lead to."""
    return frozenset(_DELIVERED.column(connection, output=output))


def delivery_keys(connection: Connection, output: str) -> frozenset[str]:
    """Return the keys of all deliveries of an output."""
    return frozenset(_KEYS.column(connection, output=output))


def selection_of(connection: Connection, output: str) -> bytes | None:
    """Return the digest of what an output selects, as it was in its last run; None for a new output."""
    selection: bytes | None = _SELECTION.value(connection, output=output)
    return selection


def save_selection(connection: Connection, output: str, selection: bytes, past: Iterable[str], now: datetime) -> None:
    """Store the digest of what an output selects, and that the stories of the past need no delivery."""
    _WRITE_SELECTION.execute(connection, output=output, selection=selection, made=epoch(now))
    _mark_delivered(connection, output, past, now)


def add_deliveries(
    connection: Connection, output: str, new: Sequence[tuple[NewDelivery, State]], now: datetime
) -> list[str]:
    """Store deliveries of an output, each with its state, unless they are stored already; return the labels of those
    that were added as pending."""
    added = []
    for delivery, state in new:
        row = {
            "output": output,
            "recipient": delivery.recipient,
            "name": delivery.key,
            "label": delivery.label,
            "stories": msgspec.json.encode(delivery.stories).decode(),
            "payload": delivery.payload if state == "pending" else None,
            "supersedes": int(delivery.supersedes),
            "local": int(delivery.local),
            "state": state,
            "attempts": 0,
            "made": epoch(now),
            "changed": epoch(now),
            "next_try": 0,
            "held_until": 0,
        }
        if _add(connection, row):
            _mark_delivered(connection, output, delivery.stories, now)
            added += [delivery.label or delivery.key] if state == "pending" else []
    return added


def _add(connection: Connection, row: dict[str, Any]) -> bool:
    """Add a row, or replace the one that it supersedes; return whether it was new."""
    if row["supersedes"]:
        if _SAME.value(connection, **row) is not None:
            return False
        if _REPLACE.execute(connection, **row).rowcount:
            return True
    return bool(_INSERT.execute(connection, **row).rowcount)


def _mark_delivered(connection: Connection, output: str, stories: Iterable[str], now: datetime) -> None:
    rows = [{"output": output, "story": story, "made": epoch(now)} for story in stories]
    _MARK_DELIVERED.execute_many(connection, rows)


def recover_interrupted(connection: Connection, now: datetime) -> list[StoredDelivery]:
    """End the attempts that a killed process left: those that may be repeated are pending again, others uncertain.

    Returns the uncertain ones.
    """
    _REPEAT.execute(connection)
    ids = [*_SENDING.column(connection)]
    reason = "the run was interrupted while it was being sent"
    for number in ids:
        set_state(connection, number, "uncertain", now, reason)
    return [one for one in read_deliveries(connection, states=("uncertain",)) if one.id in set(ids)]


def read_deliveries(connection: Connection, *, states: Sequence[State] = (), limit: int = 0) -> list[StoredDelivery]:
    """Return the deliveries in one of these states, oldest first; the newest `limit`, 0 for all."""
    query = _READ_STATES if states else _READ
    rows = query.named(connection, states=[*states], limit=limit or NO_LIMIT)
    return [_delivery(row) for row in reversed([*rows])]


def read_delivery(connection: Connection, number: int) -> StoredDelivery | None:
    """Return the delivery with this id."""
    row = next(_READ_ONE.named(connection, id=number), None)
    return _delivery(row) if row else None


def _delivery(row: Any) -> StoredDelivery:
    values: dict[str, Any] = row._asdict()
    values["key"] = values.pop("name")
    values["stories"] = msgspec.json.decode(row.stories, type=tuple[str, ...])
    for name in ("made", "changed", "next_try", "held_until"):
        values[name] = moment(values[name])
    for name in ("supersedes", "local"):
        values[name] = bool(values[name])
    return StoredDelivery(**values)


def set_state(connection: Connection, number: int, state: State, now: datetime, error: str | None = None) -> None:
    """Set the state of a delivery; "sending" begins an attempt."""
    begun = int(state == "sending")
    _SET_STATE.execute(connection, id=number, state=state, changed=epoch(now), error=error, begun=begun)


def postpone(
    connection: Connection, number: int, error: str, next_try: datetime, held_until: datetime | None = None
) -> None:
    """Make a delivery pending until its next attempt. `held_until`: the end of a Retry-After."""
    times = {"next_try": epoch(next_try), "held_until": epoch(held_until) or 0}
    _POSTPONE.execute(connection, id=number, error=error, **times)


def release(connection: Connection, number: int, now: datetime) -> None:
    """Make a delivery pending at once, as if it had not been tried."""
    _RELEASE.execute(connection, id=number, now=epoch(now))


def prune_deliveries(connection: Connection, now: datetime, before: datetime) -> None:
    """Delete payloads that are no longer needed, and what changed `before` a time and concerns no stored story."""
    _DELETE_PAYLOADS.execute(connection, before=epoch(now - KEEP_PAYLOAD))
    _prune_closed(connection, before)
    _PRUNE_DELIVERED.execute(connection, before=epoch(before))


def _prune_closed(connection: Connection, before: datetime) -> None:
    """Delete closed deliveries that changed before a time and concern no stored story."""
    rows = _CLOSED.execute(connection, open=[*OPEN], before=epoch(before)).fetchall()
    ids = {number: msgspec.json.decode(named, type=list[str]) for number, named in rows}
    stored: set[str] = set()
    for chunk in chunks(sorted({story for named in ids.values() for story in named})):
        stored.update(_STORED.column(connection, ids=chunk))
    for chunk in chunks([number for number, named in ids.items() if stored.isdisjoint(named)]):
        _DELETE.execute(connection, ids=chunk)


def after_since(connection: Connection) -> datetime | None:
    """Return since when the command `after` has been due; None if it is not."""
    return moment(_AFTER.value(connection))


def set_after(connection: Connection, since: datetime | None) -> None:
    """Store since when the command `after` is due; None if it is not. The first time stays."""
    if since is None:
        _DELETE_AFTER.execute(connection)
    else:
        _SET_AFTER.execute(connection, key=1, since=epoch(since))
