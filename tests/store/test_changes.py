"""Changes of a store in PostgreSQL are noticed without reading it, also after the connection was lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from postgresql_server import PostgresqlServer
from stored_articles import NOW, WINDOW, article, place, save

from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store, changes
from aggregator.store.changes import DatabaseChanges


def wait_for_change(watched: DatabaseChanges, before: int | None) -> int:
    for _ in range(300):
        if (count := watched.count()) not in (before, None):
            assert count is not None
            return count
        time.sleep(0.1)
    raise AssertionError("the change was not noticed")


def test_changes_are_noticed(
    postgresql_server: PostgresqlServer, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "INTERVAL", 0)
    address = DatabaseAddress(url=postgresql_url, folder=tmp_path)
    with Store.open(address):
        pass
    watched = DatabaseChanges(address)
    empty = watched.count()
    with Store.open(address) as store:
        save(store, [article(1), article(2)])
    saved = wait_for_change(watched, empty)
    with Store.open(address) as store:
        place(store, [1, 2])
    grouped = wait_for_change(watched, saved)
    postgresql_server.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{address.database}'"
    )
    assert watched.count() is not None, "the last count, while there is no connection"
    with Store.open(address) as store:
        [trace] = store.find("id2", None)
        assert trace.key
        store.split(trace.key, WINDOW, NOW)
    wait_for_change(watched, grouped)
    watched.close()


def test_a_server_that_is_away_is_no_error(tmp_path: Path) -> None:
    assert DatabaseChanges(DatabaseAddress(url="postgresql://a@/b?host=/nonexistent", folder=tmp_path)).count() is None
