"""A store that an earlier release wrote is brought up to date, and stays as it was in all else."""

from __future__ import annotations

import gzip
import sqlite3
from datetime import timedelta
from pathlib import Path

from aggregator.store import Store

OLD = Path(__file__).parents[1] / "data" / "stores" / "version-1.db.gz"


def schema(path: Path) -> dict[str, list[tuple[str, ...]]]:
    """The columns and indexes of each table, whatever the statements were that made them."""
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            name: sorted(
                [row[1:6] for row in database.execute(f"PRAGMA table_info({name})")]
                + [row[1:5] for row in database.execute(f"PRAGMA index_list({name})")]
                + [row[2:7] for row in database.execute(f"PRAGMA foreign_key_list({name})")],
                key=str,
            )
            for name in tables
        }
    database.close()
    return found


def test_a_store_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
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
        placed = store.placed_near([bridge.articles[0].date], timedelta(hours=1))
        assert {(one.story, one.size, one.began) for one in placed} >= {
            (bridge.id, 2, int(bridge.articles[0].date.timestamp()))
        }
    assert schema(path) == schema(fresh)
