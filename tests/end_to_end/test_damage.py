"""Stores with flipped, cut and overwritten bytes, and disks that are full: one line that says what to do."""

from __future__ import annotations

import gzip
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from project import DATA, Project
from sample_feeds import item, rss

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CONFIG = """
store = "news.db"
[[sources]]
url = "feed.xml"
[[outputs]]
plugin = "jsonl"
path = "public/articles.jsonl"
limit = 0
"""


def flip(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 3, 30, 300))):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def flip_header(body: bytearray, chance: random.Random) -> None:
    body[chance.randrange(100)] ^= 1 << chance.randrange(8)


def flip_schema(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 5))):
        body[chance.randrange(100, 8192)] ^= 1 << chance.randrange(8)


def cut(body: bytearray, chance: random.Random) -> None:
    del body[chance.randrange(1, len(body)) :]


def clear(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body))
    body[start : start + 5000] = bytes(len(body[start : start + 5000]))


def overwrite_page(body: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(body) // 4096) * 4096
    body[start : start + 4096] = chance.randbytes(4096)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A store, one of version 1, and the write-ahead log of a store in use."""
    project = Project(tmp_path_factory.mktemp("stores"))
    project.write("feed.xml", rss(item(n) for n in range(40)))
    project.configure(CONFIG)
    assert project.aggregate("run").status == 0
    path = project.folder / "news.db"
    stores = {"new": path.read_bytes(), "old": gzip.decompress((DATA / "stores" / "version-1.db.gz").read_bytes())}
    with sqlite3.connect(path) as database:
        database.execute("UPDATE articles SET title = title || ' (changed)'")
        database.commit()
        stores["log"] = path.with_name("news.db-wal").read_bytes()
    database.close()
    return stores


@pytest.mark.parametrize("damage", [flip, flip_header, flip_schema, cut, clear, overwrite_page])
@pytest.mark.parametrize("kind", ["new", "old", "log"])
def test_damaged_store_is_reported_in_one_line(
    project: Project, stores: dict[str, bytes], kind: str, damage: Callable[[bytearray, random.Random], None]
) -> None:
    project.write("feed.xml", rss(item(n) for n in range(30, 50)))
    project.configure(CONFIG)
    for seed in range(3):
        for file in project.folder.glob("news.db*"):
            file.unlink()
        body = bytearray(stores[kind])
        damage(body, random.Random(seed))
        project.write("news.db", stores["new"] if kind == "log" else bytes(body))
        if kind == "log":
            project.write("news.db-wal", bytes(body))
        for verb in ("sources", "run", "stories", "search ba"):
            result = project.aggregate(*verb.split())
            assert result.status in (0, 1), (seed, verb, result.err)
            errors = result.err
            if verb == "stories" and errors.startswith("no stories yet"):
                continue  # SQLite reads zeros in the index of stories as articles without a story
            assert len(errors.splitlines()) == result.status, (seed, verb, errors)
            assert not errors or ("news.db: " in errors and "this is a bug" not in errors), (seed, verb)


def test_store_of_a_later_version_is_kept(project: Project, stores: dict[str, bytes]) -> None:
    body = bytearray(stores["new"])
    body[60:64] = (99).to_bytes(4, "big")
    path = project.write("news.db", bytes(body))
    project.configure(CONFIG)
    for verb in ("run", "sources", "run --dry-run"):
        result = project.aggregate(*verb.split())
        assert (result.status, len(result.err.splitlines())) == (1, 1)
        assert "newer aggregate" in result.err
    assert path.read_bytes() == bytes(body)


@pytest.mark.parametrize("limit", [4_000, 60_000, 120_000, 200_000, 240_000])
def test_full_disk_loses_nothing(project: Project, limit: int) -> None:
    """A limit of the size of files fails as a full disk does, without the rights to mount one."""
    project.write("feed.xml", rss(item(n, text="word " * 400) for n in range(60)))
    project.configure(CONFIG)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-B", "-m", "aggregator", "run", "--force"]  # -B: or Python leaves cut .pyc files
    done = subprocess.run(command, cwd=project.folder, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1)
    assert len(done.stderr.splitlines()) == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert "this is a bug" not in done.stderr
    assert not [path for path in project.folder.rglob("*.part") if path.stat().st_size]
    assert project.aggregate("run", "--force").status == 0
    assert project.read("public/articles.jsonl").count("\n") == 60
    with sqlite3.connect(project.folder / "news.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root can mount a small disk")
def test_small_disk_that_is_enlarged(project: Project) -> None:
    mounted = project.folder / "disk"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(mounted)], check=False).returncode:
        pytest.skip("mount is not allowed here")
    try:
        small = Project(Path(mounted))
        small.write("feed.xml", rss(item(n) for n in range(60)))
        small.configure(CONFIG)
        result = small.aggregate("run")
        assert (result.status, len(result.err.splitlines())) == (1, 1)
        assert "make room" in result.err
        subprocess.run(["mount", "-o", "remount,size=20m", str(mounted)], check=True)
        assert small.aggregate("run", "--force").status == 0
        assert small.read("public/articles.jsonl").count("\n") == 60
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)
