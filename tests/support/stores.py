"""Stores of both kinds, in a SQLite file and in a PostgreSQL database: the same tests run on each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store, StoreLocation

if TYPE_CHECKING:
    from jobs_database import Database

__all__ = ["database", "execute", "store", "store_location"]


@pytest.fixture(params=["sqlite", "postgresql"])
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> StoreLocation:
    """The path of a file that does not exist, or the address of an empty database."""
    if request.param == "sqlite":
        return tmp_path / "store.db"
    return DatabaseAddress(url=request.getfixturevalue("postgresql_url"), folder=tmp_path)


@pytest.fixture
def store(store_location: StoreLocation) -> Iterator[Store]:
    with Store.open(store_location) as store:
        yield store


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    """A store on PostgreSQL, with the tables of the schedule."""
    from jobs_database import open_database  # and with it the libraries of the job queue

    with open_database(postgresql_url) as opened:
        yield opened


def execute(store: Store, statement: str) -> list[tuple[Any, ...]]:
    """Execute a statement on the connection of a store, and return the rows."""
    result = store.connection.execute(statement)
    return [tuple(row) for row in result] if result.description else []
