"""Copying a store to another one, of the same database or the other: every row of every table, unchanged."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

import pytest
from filled_store import ROWS, fill, rows_of, without_nul
from forked_python import start_python
from kill_drill import KILL_AT_STATEMENT
from postgresql_server import PostgresqlServer
from stored_articles import NOW, SOURCES, article, place, save

from aggregator.config.store_address import DatabaseAddress
from aggregator.errors import LockedError, StoreError
from aggregator.store import Store, StoreLocation, copy_store
from aggregator.store.copy import copy_rows
from aggregator.store.database import open_database

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture
def empty(postgresql_url: str, tmp_path: Path) -> DatabaseAddress:
    """The address of an empty database."""
    return DatabaseAddress(url=postgresql_url, folder=tmp_path)


def test_every_row_of_every_table_is_copied_to_either_database_and_back(tmp_path: Path, empty: DatabaseAddress) -> None:
    first, second, last = tmp_path / "first.db", tmp_path / "second.db", tmp_path / "last.db"
    fill(first)
    original = rows_of(first)
    assert {name: len(rows) for name, rows in original.items()} == dict.fromkeys(original, ROWS)
    assert copy_store(first, second) == dict.fromkeys(original, ROWS)
    assert rows_of(second) == original
    copy_store(second, empty)
    assert rows_of(empty) == without_nul(original)
    copy_store(empty, last)
    assert rows_of(last) == without_nul(original)


def test_a_copy_goes_on_where_the_original_was(tmp_path: Path, store_location: StoreLocation) -> None:
    """New rows have new keys, search finds the old ones, and stories grow."""
    original = tmp_path / "original.db"
    with Store.open(original) as store:
        save(store, [article(number) for number in range(30)])
        place(store, [0, 1], [2])
        assert [one.article.id for one in store.search("Fluß 7", 0)] == ["id7"]
    target = tmp_path / "target.db" if isinstance(store_location, Path) else store_location
    copy_store(original, target)
    with Store.open(target) as store:
        save(store, [article(number) for number in range(30, 40)], source=1)
        assert len(store.articles_to_group(100)) == 37
        assert [one.article.id for one in store.search("Fluß 7", 0)] == ["id7"]
        assert len(store.search("Häuser", 0)) == 40
        assert len(store.states([*SOURCES])) == 2
        assert sorted(len(story.articles) for story in store.stories()) == [1, 2]


def test_a_store_of_an_older_version_is_copied(tmp_path: Path, empty: DatabaseAddress) -> None:
    import gzip

    from project import DATA

    old = tmp_path / "old.db"
    old.write_bytes(gzip.decompress((DATA / "stores" / "version-1.db.gz").read_bytes()))
    copy_store(old, empty)
    with Store.open(empty) as store, Store.open(old) as original:
        assert store.stories() == original.stories()


def in_use(location: StoreLocation) -> None:
    with Store.open(location) as store:
        save(store, [article(1)])


@pytest.mark.parametrize("kind", [SQLITE, POSTGRESQL])
def test_a_store_in_use_is_not_overwritten(tmp_path: Path, empty: DatabaseAddress, kind: str) -> None:
    original, target = tmp_path / "original.db", tmp_path / "target.db" if kind == SQLITE else empty
    in_use(original)
    in_use(target)
    before = rows_of(target)
    with pytest.raises(StoreError, match=r"^\S+: is in use already; copy to a new store$"):
        copy_store(original, target)
    assert rows_of(target) == before


def test_a_store_is_not_copied_to_itself(tmp_path: Path, empty: DatabaseAddress, postgresql_url: str) -> None:
    original, link, hard_link = (tmp_path / f"{name}.db" for name in ("original", "link", "hard"))
    in_use(original)
    link.symlink_to(original)
    hard_link.hardlink_to(original)
    in_use(empty)
    other = DatabaseAddress(url=f"{postgresql_url}&application_name=other", folder=tmp_path / "elsewhere")
    for source, target in (
        (original, original),
        (original, link),
        (hard_link, original),
        (empty, empty),
        (empty, other),
    ):
        with pytest.raises(StoreError, match=r"^\S+: cannot be copied to itself$"):
            copy_store(source, target)


def test_a_missing_store_is_reported_and_not_created(tmp_path: Path, empty: DatabaseAddress) -> None:
    missing, nothing = tmp_path / "folder" / "missing.db", tmp_path / "nothing.db"
    nothing.touch()
    for source in (missing, nothing, empty):
        with pytest.raises(StoreError, match=r": (does not exist|contains no store)$"):
            copy_store(source, tmp_path / "target.db")
    assert [path.name for path in tmp_path.iterdir()] == ["nothing.db"]
    with closing(open_database(tmp_path / "x.db")):
        pass
    assert tables_of(empty) == []


def tables_of(address: DatabaseAddress) -> list[str]:
    import psycopg

    with psycopg.connect(address.url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in found]


@pytest.mark.parametrize("held", ["source", "target"])
@pytest.mark.parametrize("kind", [SQLITE, POSTGRESQL])
def test_a_store_is_not_copied_during_a_run(
    tmp_path: Path, empty: DatabaseAddress, kind: str, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.copy.PATIENCE", 1)
    file = tmp_path / "store.db"
    source, target = (file, empty) if (kind == SQLITE) == (held == "source") else (empty, file)
    in_use(source)
    with Store.open_locked(source if held == "source" else target), pytest.raises(LockedError):
        copy_store(source, target)
    copy_store(source, target)


def test_a_store_is_not_copied_beside_workers(tmp_path: Path, empty: DatabaseAddress, postgresql_url: str) -> None:
    in_use(empty)
    target = tmp_path / "target.db"
    worker = DatabaseAddress(url=f"{postgresql_url}&application_name=aggregate%20work%20host:7", folder=tmp_path)
    with (
        closing(open_database(worker)),
        pytest.raises(LockedError, match="is used by the worker host:7; stop all workers"),
    ):
        copy_store(empty, target)
    copy_store(empty, target)


KILLED_AT = f"""{KILL_AT_STATEMENT}
from aggregator.config.store_address import read_store
from aggregator.store import copy_store

copy_store(*(read_store(text, Path.cwd()) for text in sys.argv[1:3]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SQLITE, POSTGRESQL])
def test_a_killed_copy_leaves_an_empty_store_or_a_complete_one(
    tmp_path: Path, empty: DatabaseAddress, kind: str
) -> None:
    source, target = tmp_path / "source.db", tmp_path / "target.db" if kind == SQLITE else empty
    fill(source)
    complete = rows_of(source) if kind == SQLITE else without_nul(rows_of(source))
    address = str(target) if isinstance(target, Path) else target.url
    program = tmp_path / "program.py"
    program.write_text(KILLED_AT)
    outcomes = set()
    for statement in (5, 60, 90, 120, 150, 100_000):
        process = start_python(str(program), str(source), address, str(statement), folder=tmp_path)
        assert process.wait() == (0 if statement == 100_000 else -signal.SIGKILL)
        rows = rows_of(target)
        outcomes.add(rows == complete)
        assert rows == complete or not any(rows.values())
    assert outcomes == {True, False}


def test_an_error_names_the_store_that_failed(
    tmp_path: Path, empty: DatabaseAddress, postgresql_server: PostgresqlServer
) -> None:
    in_use(empty)
    file = tmp_path / "file.db"
    with closing(open_database(empty)) as source, closing(open_database(file)) as target:
        postgresql_server.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{empty.database}'"
        )
        with pytest.raises(StoreError, match=r"^postgresql://aggregate@/test_\d+: the connection was lost"):
            copy_rows(source, target)
    assert not any(rows_of(file).values())
    with Store.open(file) as store:
        save(store, [article(1)], now=NOW)
