"""The database of a store: a SQLite file or a PostgreSQL database, which differ in how they are opened and locked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

from aggregator.config.store_address import DatabaseAddress
from aggregator.runtime.lock import run_lock
from aggregator.store.connection import Connection
from aggregator.store.sqlite import SqliteDatabase

StoreLocation = Path | DatabaseAddress


class Database(Protocol):
    """An open database. `location`: what errors name; `begin`, `snapshot`: the statements that begin a transaction
    that writes, and one that reads the data of one moment."""

    begin: str
    snapshot: str
    picture_folder: Path

    @property
    def location(self) -> StoreLocation:
        """The path or address."""

    @property
    def connection(self) -> Connection:
        """The connection, which one thread at a time uses."""

    def close(self) -> None:
        """Close the connection."""

    def lock(self, patience: float) -> None:
        """Take the lock of a run until the database is closed. Raises LockedError if another process holds it for
        longer than so many seconds; that of a file is not waited for."""

    def refuse_workers(self) -> None:
        """Raise LockedError while a worker is connected to the database."""

    def errors(self) -> AbstractContextManager[None]:
        """Raise StoreError, with advice, for an error of the database."""

    def writing_much(self) -> AbstractContextManager[None]:
        """Prepare for a transaction that writes rows all over the tables."""

    def durable(self) -> AbstractContextManager[None]:
        """Have each transaction outlast a power failure."""


def open_database(location: StoreLocation, copy_of: StoreLocation | None = None) -> Database:
    """Open the database at this path or address, or create it; see `Store.open`. Raises StoreError."""
    if isinstance(location, Path):
        return SqliteDatabase(location, copy_of or location)
    from aggregator.store.postgresql import PostgresqlDatabase

    return PostgresqlDatabase(location)


def has_store(location: StoreLocation) -> bool:
    """Whether there is a store at this path or address, perhaps a damaged or foreign one; opening would create it
    otherwise. Raises StoreError if the database cannot be opened."""
    if isinstance(location, Path):
        return location.exists() and not (location.is_file() and location.stat().st_size == 0)
    from aggregator.store.postgresql import has_tables

    return has_tables(location)


@contextmanager
def locked_database(location: StoreLocation, patience: float = 0) -> Iterator[Database]:
    """Open the database and hold the lock of a run; see `Store.open_locked`. Raises StoreError, LockedError."""
    with lock_of_file(location), closing(open_database(location)) as database:
        database.lock(patience)
        yield database


def lock_of_file(location: StoreLocation) -> AbstractContextManager[None]:
    """Hold the lock of a run on a file, which is taken before the file is opened. Raises LockedError, StoreError."""
    return run_lock(location) if isinstance(location, Path) else nullcontext()
