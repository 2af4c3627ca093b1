"""The ledger of deliveries: what was composed, its state, and the stories that need no further delivery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec
from sqlalchemy import Connection, RowMapping, select

from aggregator.store.mapping import epoch, moment
from aggregator.store.schema import deliveries

State = Literal["pending", "sending", "sent", "uncertain", "failed", "dropped", "past"]
"""`pending`: to be sent; `sending`: an attempt is running, or the process was killed during it; `sent`: it has
arrived; `uncertain`: it may have arrived; `failed`: it will not arrive; `dropped`: by the user; `past`: older than its
output."""
OPEN: tuple[State, ...] = ("pending", "sending", "uncertain")
KEEP_PAYLOAD = timedelta(days=7)
"""How long the payload of a delivery is kept after it has arrived or was dropped."""

_DELIVERED = """
    SELECT story FROM delivered WHERE output = :output
    UNION SELECT new FROM redirects JOIN delivered ON story = old WHERE output = :output
"""
_REPLACE = """
    UPDATE deliveries SET name = :name, label = :label, stories = :stories, payload = :payload, state = 'pending',
    attempts = 0, made = :made, changed = :made, next_try = 0, held_until = 0, error = NULL
    WHERE output = :output AND recipient = :recipient AND supersedes = 1
"""
_INSERT = """
    INSERT OR IGNORE INTO deliveries (output, recipient, name, label, stories, payload, supersedes, local, state,
    attempts, made, changed, next_try, held_until)
    VALUES (:output, :recipient, :name, :label, :stories, :payload, :supersedes, :local, :state,
    0, :made, :made, 0, 0)
"""
_PRUNE = """
    DELETE FROM deliveries WHERE state NOT IN ('pending', 'sending', 'uncertain') AND supersedes = 0 AND changed < ?
    AND NOT EXISTS (SELECT 1 FROM json_each(deliveries.stories) JOIN stories ON stories.id = json_each.value)
"""


class NewDelivery(Protocol):
    """A delivery as an output composes it: `aggregator.delivery.types.Delivery`."""

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
    return frozenset(row[0] for row in connection.exec_driver_sql(_DELIVERED, {"output": output}))


def delivery_keys(connection: Connection, output: str) -> frozenset[str]:
    """Return the keys of all deliveries of an output."""
    return frozenset(connection.execute(select(deliveries.c.name).where(deliveries.c.output == output)).scalars())


def selection_of(connection: Connection, output: str) -> bytes | None:
    """Return the digest of what an output selects, as it was in its last run; None for a new output."""
    row = connection.exec_driver_sql("SELECT selection FROM delivering WHERE output = ?", (output,)).one_or_none()
    return bytes(row.selection) if row else None


def save_selection(connection: Connection, output: str, selection: bytes, past: Iterable[str], now: datetime) -> None:
    """Store the digest of what an output selects, and that the stories of the past need no delivery."""
    connection.exec_driver_sql(
        "INSERT INTO delivering VALUES (?, ?, ?) ON CONFLICT (output) DO UPDATE SET selection = excluded.selection",
        (output, selection, epoch(now)),
    )
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
            "made": epoch(now),
        }
        if _add(connection, row):
            _mark_delivered(connection, output, delivery.stories, now)
            added += [delivery.label or delivery.key] if state == "pending" else []
    return added


def _add(connection: Connection, row: dict[str, Any]) -> bool:
    """Add a row, or replace the one that it supersedes; return whether it was new."""
    if row["supersedes"]:
        same = "SELECT 1 FROM deliveries WHERE output = :output AND recipient = :recipient AND name = :name"
        if connection.exec_driver_sql(same, row).first():
            return False
        if connection.exec_driver_sql(_REPLACE, row).rowcount:
            return True
    return bool(connection.exec_driver_sql(_INSERT, row).rowcount)


def _mark_delivered(connection: Connection, output: str, stories: Iterable[str], now: datetime) -> None:
    rows = [(output, story, epoch(now)) for story in stories]
    if rows:
        connection.exec_driver_sql("INSERT OR IGNORE INTO delivered VALUES (?, ?, ?)", rows)


def recover_interrupted(connection: Connection, now: datetime) -> list[StoredDelivery]:
    """End the attempts that a killed process left: those that may be repeated are pending again, others uncertain.

    Returns the uncertain ones.
    """
    connection.exec_driver_sql(
        "UPDATE deliveries SET state = 'pending' WHERE state = 'sending' AND (supersedes = 1 OR local = 1)"
    )
    ids = list(connection.execute(select(deliveries.c.id).where(deliveries.c.state == "sending")).scalars())
    reason = "the run was interrupted while it was being sent"
    for number in ids:
        set_state(connection, number, "uncertain", now, reason)
    return [one for one in read_deliveries(connection, states=("uncertain",)) if one.id in set(ids)]


def read_deliveries(connection: Connection, *, states: Sequence[State] = (), limit: int = 0) -> list[StoredDelivery]:
    """Return the deliveries in one of these states, oldest first; the newest `limit`, 0 for all."""
    query = select(deliveries).order_by(deliveries.c.id.desc())
    if states:
        query = query.where(deliveries.c.state.in_(states))
    if limit:
        query = query.limit(limit)
    return [_delivery(row) for row in reversed(connection.execute(query).mappings().all())]


def read_delivery(connection: Connection, number: int) -> StoredDelivery | None:
    """Return the delivery with this id."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == number)).mappings().one_or_none()
    return _delivery(row) if row else None


def _delivery(row: RowMapping) -> StoredDelivery:
    values: dict[str, Any] = dict(row)
    values["key"] = values.pop("name")
    values["stories"] = msgspec.json.decode(row["stories"], type=tuple[str, ...])
    for name in ("made", "changed", "next_try", "held_until"):
        values[name] = moment(row[name])
    for name in ("supersedes", "local"):
        values[name] = bool(row[name])
    return StoredDelivery(**values)


def set_state(connection: Connection, number: int, state: State, now: datetime, error: str | None = None) -> None:
    """Set the state of a delivery; "sending" begins an attempt."""
    connection.exec_driver_sql(
        "UPDATE deliveries SET state = ?, changed = ?, error = ?, attempts = attempts + ? WHERE id = ?",
        (state, epoch(now), error, int(state == "sending"), number),
    )


def postpone(
    connection: Connection, number: int, error: str, next_try: datetime, held_until: datetime | None = None
) -> None:
    """Make a delivery pending until its next attempt. `held_until`: the end of a Retry-After."""
    connection.exec_driver_sql(
        "UPDATE deliveries SET state = 'pending', error = ?, next_try = ?, held_until = ? WHERE id = ?",
        (error, epoch(next_try), epoch(held_until) or 0, number),
    )


def release(connection: Connection, number: int, now: datetime) -> None:
    """Make a delivery pending at once, as if it had not been tried."""
    connection.exec_driver_sql(
        "UPDATE deliveries SET state = 'pending', attempts = 0, made = ?, changed = ?, next_try = 0, held_until = 0, "
        "error = NULL WHERE id = ?",
        (epoch(now), epoch(now), number),
    )


def prune_deliveries(connection: Connection, now: datetime, before: datetime) -> None:
    """Delete payloads that are no longer needed, and what changed `before` a time and concerns no stored story."""
    payloads = "UPDATE deliveries SET payload = NULL WHERE payload IS NOT NULL AND state IN ('sent', 'dropped') "
    connection.exec_driver_sql(f"{payloads}AND changed < ?", (epoch(now - KEEP_PAYLOAD),))
    connection.exec_driver_sql(_PRUNE, (epoch(before),))
    connection.exec_driver_sql(
        "DELETE FROM delivered WHERE made < ? AND story NOT IN (SELECT id FROM stories)", (epoch(before),)
    )


def after_since(connection: Connection) -> datetime | None:
    """Return since when the command `after` has been due; None if it is not."""
    row = connection.exec_driver_sql("SELECT since FROM after_commands").one_or_none()
    return moment(row.since) if row else None


def set_after(connection: Connection, since: datetime | None) -> None:
    """Store since when the command `after` is due; None if it is not. The first time stays."""
    if since is None:
        connection.exec_driver_sql("DELETE FROM after_commands")
    else:
        connection.exec_driver_sql("INSERT OR IGNORE INTO after_commands VALUES (1, ?)", (epoch(since),))
