"""Migration of a store that an earlier release wrote."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import timedelta
from pathlib import Path

from project import DATA

from aggregator.config.settings import SourceSettings
from aggregator.store import Store

OLD = DATA / "stores" / "version-1.db.gz"


def schema(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the columns, indexes and foreign keys of each table, independently of the statements that created them."""
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        definitions = {
            name: sorted(
                [row[1:6] for row in database.execute(f"PRAGMA table_info({name})")]
                + [row[1:5] for row in database.execute(f"PRAGMA index_list({name})")]
                + [row[2:7] for row in database.execute(f"PRAGMA foreign_key_list({name})")],
                key=str,
            )
            for name in tables
        }
    database.close()
    return definitions


def test_store_of_version_1_is_migrated(tmp_path: Path) -> None:
    path, fresh = tmp_path / "store.db", tmp_path / "fresh.db"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    with Store.open(path) as store, Store.open(fresh):
        bridge, marathon = sorted(store.stories(), key=lambda story: story.title)
        assert [a.id for a in bridge.articles] == ["tag:world.example,2026:1", "tag:world.example,2026:2"]
        assert [copy.article.id for copy in bridge.copies] == ["tag:world.example,2026:3"]
        assert (bridge.id, marathon.id) == (
            "urn:uuid:86b3245b-da49-5aaa-9ad1-62d512538af9",
            "urn:uuid:e75ec46a-7e0c-5938-adf5-da6adac2661a",
        )
        grouped = store.grouped_near([bridge.articles[0].date], timedelta(hours=1))
        assert bridge.id in {one.story for one in grouped}
        stored = store.grouped_stories([bridge.id])[bridge.id]
        assert (stored.size, stored.began) == (2, int(bridge.articles[0].date.timestamp()))
    assert schema(path) == schema(fresh)


def test_outage_of_an_older_store_continues(tmp_path: Path) -> None:
    path, sources = tmp_path / "store.db", [SourceSettings(url="one.xml"), SourceSettings(url="two.xml")]
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE sources SET failures = 3, error = 'no', last_try = 1790000000 WHERE key = 1")
    database.close()
    with Store.open(path) as store:
        [state] = [state for state in store.states(sources) if state.failures]
        assert state.last_try is not None
        assert (state.failures, state.error, state.failing_since) == (3, "no", state.last_try)
        store.save_reported([state.key], state.last_try, before=state.last_try)
        assert [(one.source, one.attempts, one.ended) for one in store.outages()] == [(1, 3, None)]
        assert store.states(sources)[0].reported_at == state.last_try
