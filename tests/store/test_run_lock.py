"""The lock of a run on a store in PostgreSQL is free as soon as the store is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import LockedError
from aggregator.store import Store


def test_the_lock_is_free_as_soon_as_a_run_ends(postgresql_url: str, tmp_path: Path) -> None:
    address = DatabaseAddress(url=postgresql_url, folder=tmp_path)
    for _ in range(50):
        with Store.open_locked(address), pytest.raises(LockedError), Store.open_locked(address):
            pass


def test_a_lock_on_another_database_is_another_one(
    postgresql_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgresql_server")
    other = server.create_database()
    try:
        first, second = (DatabaseAddress(url=url, folder=tmp_path) for url in (postgresql_url, other))
        with Store.open_locked(second), Store.open_locked(first):
            with pytest.raises(LockedError) as error, Store.open_locked(first):
                pass
            [(number,)] = server.execute(
                f"SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) "
                f"WHERE locktype = 'advisory' AND datname = '{first.database}'"
            )
            assert f"locked by another run (session {number})" in str(error.value)
    finally:
        server.drop_database(other)
