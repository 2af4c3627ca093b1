"""The ledger of deliveries in an open store: each change of state is a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from aggregator.errors import StoreError
from aggregator.store import deliveries
from aggregator.store.connection import Connection
from aggregator.store.deliveries import NewDelivery, State, StoredDelivery

Transaction = Callable[[], AbstractContextManager[Connection]]


class Ledger:
    """What outputs deliver, its states, and whether the command `after` is due. All methods may raise StoreError."""

    def __init__(
        self, reading: Transaction, writing: Transaction, durable: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._durable = durable

    def durable(self) -> AbstractContextManager[None]:
        """Within the context, a transaction outlasts even a power failure: otherwise a mail could be sent twice."""
        return self._durable()

    def selection(self, output: str) -> bytes | None:
        """Return the digest of what an output selected in its last run; None for a new output."""
        with self._reading() as connection:
            return deliveries.selection_of(connection, output)

    def delivered(self, output: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids of the stories that an output must not deliver again, and the keys of its deliveries."""
        with self._reading() as connection:
            return deliveries.delivered_stories(connection, output), deliveries.delivery_keys(connection, output)

    def add(
        self,
        output: str,
        new: Sequence[tuple[NewDelivery, State]],
        selection: tuple[bytes, Iterable[str]],
        now: datetime,
    ) -> list[str]:
        """Store the deliveries of an output, and what it selects: a digest, and the stories that need no delivery.

        Returns the labels of the deliveries that are new and pending.
        """
        with self._writing() as connection:
            added = deliveries.add_deliveries(connection, output, new, now)
            deliveries.save_selection(connection, output, *selection, now)
        return added

    def recover(self, now: datetime) -> list[StoredDelivery]:
        """End the attempts that a killed run left, and return those whose outcome is unknown."""
        with self._writing() as connection:
            return deliveries.recover_interrupted(connection, now)

    def list(self, *, states: Sequence[State] = (), limit: int = 0) -> list[StoredDelivery]:
        """Return the newest deliveries, oldest first; `states`: only these, `limit`: how many, 0 for all."""
        with self._reading() as connection:
            return deliveries.read_deliveries(connection, states=states, limit=limit)

    def begin(self, delivery: StoredDelivery, now: datetime) -> None:
        """Store that an attempt begins."""
        with self._writing() as connection:
            deliveries.set_state(connection, delivery.id, "sending", now)

    def end(self, delivery: StoredDelivery, state: State, now: datetime, error: str | None = None) -> None:
        """Store the final state of a delivery."""
        with self._writing() as connection:
            deliveries.set_state(connection, delivery.id, state, now, error)

    def postpone(
        self, delivery: StoredDelivery, error: str, next_try: datetime, held_until: datetime | None = None
    ) -> None:
        """Make a delivery pending until its next attempt. `held_until`: the end of a Retry-After."""
        with self._writing() as connection:
            deliveries.postpone(connection, delivery.id, error, next_try, held_until)

    def retry(self, number: int, now: datetime) -> StoredDelivery:
        """Let the next run send a delivery. Raises StoreError if it has arrived, or its payload is no longer kept."""
        with self._writing() as connection:
            delivery = _existing(connection, number)
            if delivery.state == "sent":
                raise StoreError(f"delivery {number} has arrived ({delivery.changed:%Y-%m-%d %H:%M}); nothing to retry")
            if delivery.payload is None:
                raise StoreError(f"delivery {number} is {delivery.state}, and its content is no longer kept")
            deliveries.release(connection, number, now)
        return delivery

    def drop(self, number: int, now: datetime) -> StoredDelivery:
        """Let no run send a delivery. Raises StoreError if it has arrived, or was dropped."""
        with self._writing() as connection:
            delivery = _existing(connection, number)
            if delivery.state not in (*deliveries.OPEN, "failed"):
                raise StoreError(f"delivery {number} is {delivery.state}; nothing to drop")
            deliveries.set_state(connection, number, "dropped", now, delivery.error)
        return delivery

    def prune(self, now: datetime, before: datetime) -> None:
        """Delete payloads that are no longer needed, and deliveries from `before` a time without a stored story."""
        with self._writing() as connection:
            deliveries.prune_deliveries(connection, now, before)

    def after_since(self) -> datetime | None:
        """Return since when the command `after` has been due; None if it is not."""
        with self._reading() as connection:
            return deliveries.after_since(connection)

    def set_after(self, since: datetime | None) -> None:
        """Store since when the command `after` is due; None if it is not."""
        with self._writing() as connection:
            deliveries.set_after(connection, since)


def _existing(connection: Connection, number: int) -> StoredDelivery:
    delivery = deliveries.read_delivery(connection, number)
    if delivery is None:
        raise StoreError(f"there is no delivery {number}; `aggregate deliveries` lists them")
    return delivery
