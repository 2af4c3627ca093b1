"""The tables in PostgreSQL: created and migrated once, by whichever process is first, and wholly or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import StoreError
from aggregator.store import Store, postgresql
from aggregator.store.schema import VERSION

STEP = (
    "CREATE TABLE steps (number BIGINT)",
    "SELECT pg_sleep(0.5)",
    "ALTER TABLE stories ADD COLUMN mood TEXT",
    "INSERT INTO steps VALUES (1)",
)
OPEN = """
import sys
from pathlib import Path
from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store, postgresql

if step := sys.argv[2:]:
    postgresql.MIGRATIONS[postgresql.VERSION] = tuple(step)
    postgresql.VERSION += 1
print("ready", flush=True)
sys.stdin.read()
with Store.open(DatabaseAddress(url=sys.argv[1], folder=Path())) as store:
    assert store.stories() == []
"""


def open_at_once(url: str, *step: str, processes: int = 4) -> None:
    """Open the store in several processes at the same time."""
    command = [sys.executable, "-c", OPEN, url, *step]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout and process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin
        process.stdin.close()
        process.stdin = None
    for process in started:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_processes_that_start_at_once_create_and_migrate_the_tables_once(postgresql_url: str) -> None:
    open_at_once(postgresql_url)
    assert rows(postgresql_url, "SELECT version FROM store_version") == [(VERSION,)]
    open_at_once(postgresql_url, *STEP)
    assert rows(postgresql_url, "SELECT version FROM store_version") == [(VERSION + 1,)]
    assert rows(postgresql_url, "SELECT number FROM steps") == [(1,)]


def test_a_migration_that_fails_changes_nothing(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = DatabaseAddress(url=postgresql_url, folder=tmp_path)
    with Store.open(address):
        pass
    monkeypatch.setattr(postgresql, "VERSION", VERSION + 2)
    failing = {VERSION: STEP, VERSION + 1: ("INSERT INTO steps VALUES (2)", "ALTER TABLE stories DROP COLUMN gone")}
    monkeypatch.setattr(postgresql, "MIGRATIONS", failing)
    with pytest.raises(StoreError, match=r'^postgresql://\S+: column "gone" of relation "stories" does not exist'):
        Store.open(address)
    assert rows(postgresql_url, "SELECT version, to_regclass('steps') FROM store_version") == [(VERSION, None)]
    monkeypatch.setattr(postgresql, "MIGRATIONS", failing | {VERSION + 1: ("INSERT INTO steps VALUES (2)",)})
    with Store.open(address) as store:
        assert store.stories() == []
    assert rows(postgresql_url, "SELECT version FROM store_version") == [(VERSION + 2,)]
    assert rows(postgresql_url, "SELECT number FROM steps ORDER BY number") == [(1,), (2,)]


def test_a_store_of_version_6_gets_the_indexes_of_a_new_one(postgresql_url: str, tmp_path: Path) -> None:
    address = DatabaseAddress(url=postgresql_url, folder=tmp_path)
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'articles' ORDER BY 1"
    with Store.open(address):
        pass
    new = rows(postgresql_url, indexes)
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("DROP INDEX articles_source_date, articles_date")
        connection.execute("CREATE INDEX articles_date ON articles (date)")
        connection.execute("CREATE INDEX articles_unplaced ON articles (key) WHERE story IS NULL")
        connection.execute("UPDATE store_version SET version = 6")
    with Store.open(address) as store:
        assert store.stories() == []
    assert rows(postgresql_url, indexes) == new
    assert rows(postgresql_url, "SELECT version FROM store_version") == [(VERSION,)]


def test_an_open_store_does_not_delay_a_migration(postgresql_url: str, tmp_path: Path) -> None:
    """As that of a server, or of a worker that waits."""
    address = DatabaseAddress(url=postgresql_url, folder=tmp_path)
    with Store.open(address) as store:
        assert store.stories() == []
        open_at_once(postgresql_url, *STEP, processes=2)
        assert store.stories() == []
