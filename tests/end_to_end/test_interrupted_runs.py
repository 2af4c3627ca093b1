"""Killed at any moment, by any signal: nothing lost, nothing twice, nothing half-written."""

from __future__ import annotations

import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

TOP = """
url = "https://daily.example/"
store = "news.db"
"""
REST = """
[[outputs]]
plugin = "rss"
path = "public/feed.xml"
limit = 0
[[outputs]]
plugin = "jsonl"
path = "public/articles.jsonl"
limit = 0
[http]
allow_private = ["127.0.0.0/8"]
"""
SOURCES = 12

pytestmark = pytest.mark.timeout(600)  # many runs, one after the other, and the machine may have other things to do


def start(project: Project) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "aggregator", "run", "--force"]
    with (project.folder / "errors.txt").open("wb") as errors:
        return subprocess.Popen(command, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=errors)


def set_up(project: Project, publisher: Publisher) -> None:
    sources = ""
    for number in range(SOURCES):
        items = [item(number * 20 + k) for k in range(20)]
        publisher.serve(f"/{number}.xml", rss(items, title=f"Outlet {number}"), headers={"ETag": f'"{number}"'})
        sources += f'[[sources]]\nurl = "{publisher.url(f"/{number}.xml")}"\n'
    project.configure(TOP + sources + REST)


def outputs(project: Project) -> dict[str, bytes]:
    """Each file as it is; the time an article was first seen is the only thing that may differ between runs."""
    texts = {p.name: p.read_bytes() for p in (project.folder / "public").iterdir()}
    return {name: re.sub(rb'"first_seen":"[^"]*"', b"", text) for name, text in texts.items()}


def rows(project: Project) -> list[tuple[str, ...]]:
    with sqlite3.connect(project.folder / "news.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
        return list(database.execute("select id, url, title from articles order by id"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("undisturbed"))


def test_killed_at_random_moments_a_run_is_made_good_by_the_next(
    project: Project, undisturbed: Project, publisher: Publisher
) -> None:
    set_up(undisturbed, publisher)
    began = time.monotonic()
    assert start(undisturbed).wait() == 0
    whole = time.monotonic() - began
    moments = random.Random(1)
    for attempt in range(20):
        folder = project.folder / str(attempt)
        folder.mkdir()
        killed = Project(folder)
        set_up(killed, publisher)
        process = start(killed)
        time.sleep(moments.uniform(0.2, 1.1) * whole)  # where it hits is chance; what holds must hold anywhere
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in folder.glob("public/*.xml"):
            if not path.name.startswith("."):
                ElementTree.parse(path)
        assert start(killed).wait() == 0
        assert rows(killed) == rows(undisturbed)
        assert outputs(killed) == outputs(undisturbed)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly(project: Project, publisher: Publisher, number: int, status: int) -> None:
    set_up(project, publisher)
    asked, go_on = threading.Event(), threading.Event()

    def stall(request: object) -> None:
        asked.set()
        go_on.wait(60)

    publisher.handle("/3.xml", stall)
    process = start(project)
    assert asked.wait(60)
    process.send_signal(number)
    assert process.wait() == status
    go_on.set()
    assert "Traceback" not in project.read("errors.txt")
    assert not list(Path(project.folder).glob("public/*.part"))
    assert (project.folder / "news.db").exists()


STUCK = """
import asyncio, threading
from aggregator import Item, hookimpl

async def stuck(http):
    yield Item(id=1, title="Before the work")
    await asyncio.to_thread(threading.Event().wait)

@hookimpl
def register_sources(register):
    register(stuck)
"""


def test_a_thread_left_behind_holds_nothing_up(project: Project) -> None:
    project.write("mine/stuck.py", STUCK)
    source = '[[sources]]\nplugin = "stuck"\n[http]\ntimeout = "1s"\n'
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{source}')
    assert start(project).wait() == 1  # every source failed
    assert (project.folder / "errors.txt").read_text().count("\n") == 1
    assert [title for _, _, title in rows(project)] == ["Before the work"]
