"""Runs interrupted by signals: no article lost or stored twice, no file half-written."""

from __future__ import annotations

import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from forked_python import ForkedProcess, start_python
from project import Project
from publisher import Publisher, serving
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

pytestmark = pytest.mark.e2e


def start(project: Project) -> ForkedProcess:
    errors = project.write("errors.txt", "")
    return start_python("-m", "aggregator", "run", "--force", folder=project.folder, errors=errors)


def set_up(project: Project, publisher: Publisher) -> None:
    sources = ""
    for number in range(SOURCES):
        items = [item(number * 20 + k) for k in range(20)]
        publisher.serve(f"/{number}.xml", rss(items, title=f"Outlet {number}"), headers={"ETag": f'"{number}"'})
        sources += f'[[sources]]\nurl = "{publisher.url(f"/{number}.xml")}"\n'
    project.configure(TOP + sources + REST)


def outputs(project: Project) -> dict[str, bytes]:
    """Each output file without the times when articles were first seen, which alone may differ between runs."""
    texts = {p.name: p.read_bytes() for p in (project.folder / "public").iterdir() if p.is_file()}
    return {name: re.sub(rb'"first_seen":"[^"]*"', b"", text) for name, text in texts.items()}


def rows(project: Project) -> list[tuple[str, ...]]:
    if not project.database:
        assert project.select("pragma integrity_check") == [("ok",)]
    return sorted(project.select("select id, url, title from articles"))


@pytest.fixture(scope="module")
def feeds() -> Iterator[Publisher]:
    """One publisher for all runs that are compared: the ids of stories depend on the addresses of sources."""
    with serving() as publisher:
        yield publisher


@pytest.fixture(scope="module")
def undisturbed(feeds: Publisher, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, float]:
    """A project whose run was not interrupted, and how many seconds that run took."""
    project = Project(tmp_path_factory.mktemp("undisturbed"))
    set_up(project, feeds)
    began = time.monotonic()
    assert start(project).wait() == 0
    return project, time.monotonic() - began


SHARES = [round(random.Random(seed).uniform(0.2, 1.1), 3) for seed in range(20)]
"""When each run is killed, as a share of the time that a whole run takes. What holds must hold anywhere."""


@pytest.mark.parametrize("share", SHARES)
def test_next_run_recovers_from_kill(
    project: Project, undisturbed: tuple[Project, float], feeds: Publisher, share: float
) -> None:
    check_recovery(project, undisturbed, feeds, share)


@pytest.mark.parametrize("share", SHARES[::4])
def test_next_run_recovers_from_kill_with_postgresql(
    project: Project, undisturbed: tuple[Project, float], feeds: Publisher, share: float, postgresql_url: str
) -> None:
    project.database = postgresql_url
    check_recovery(project, undisturbed, feeds, share)


def check_recovery(project: Project, undisturbed: tuple[Project, float], feeds: Publisher, share: float) -> None:
    expected, seconds = undisturbed
    set_up(project, feeds)
    process = start(project)
    time.sleep(share * seconds)
    process.kill()
    process.wait()
    for path in project.folder.glob("public/*.xml"):
        if not path.name.startswith("."):
            ElementTree.parse(path)
    while (status := project.aggregate("run", "--force").status) == 75 and project.database:
        time.sleep(0.1)  # the server has not noticed yet
    assert status == 0
    assert rows(project) == rows(expected)
    assert outputs(project) == outputs(expected)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_run_cleanly(project: Project, publisher: Publisher, number: int, status: int) -> None:
    set_up(project, publisher)
    requested, released = threading.Event(), threading.Event()

    def stall(request: object) -> None:
        requested.set()
        released.wait(60)

    publisher.handle("/3.xml", stall)
    process = start(project)
    assert requested.wait(60)
    process.send_signal(number)
    assert process.wait() == status
    released.set()
    assert "Traceback" not in project.read("errors.txt")
    assert not list(Path(project.folder).glob("public/*.part"))
    assert (project.folder / "news.db").exists()


SLOW = """
import time
from pathlib import Path
from aggregator import Item, hookimpl

def wait(place):
    if place == PLACE:
        Path("reached").touch()
        time.sleep(60)

wait("import")

def source():
    wait("source")
    return [Item(id=1, title="One")]

def keep_all(article):
    wait("filter")
    return article

def output(edition):
    wait("output")
    yield "", b"text"

@hookimpl
def register_sources(register):
    wait("registration")
    register(source, name="slow")

@hookimpl
def register_filters(register):
    register(keep_all, name="slow")

@hookimpl
def register_outputs(register):
    register(output, name="slow")

@hookimpl
def run_finished(report):
    wait("end")
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("place", ["import", "registration", "source", "filter", "output", "end"])
def test_signal_ends_run_while_a_plugin_is_busy(project: Project, place: str, number: int, status: int) -> None:
    project.write("mine/slow.py", SLOW.replace("PLACE", repr(place)))
    tables = (
        '[[sources]]\nplugin = "slow"\n[[filters]]\nplugin = "slow"\n[[outputs]]\nplugin = "slow"\npath = "a.txt"\n'
    )
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{tables}[http]\ntimeout = "300s"\n')
    process = start(project)
    while not (project.folder / "reached").exists():
        assert process.poll() is None, project.read("errors.txt")
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(30) == status
    assert project.read("errors.txt").strip() == ""


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


def test_run_ends_though_a_thread_of_a_plugin_does_not(project: Project) -> None:
    project.write("mine/stuck.py", STUCK)
    source = '[[sources]]\nplugin = "stuck"\n[http]\ntimeout = "1s"\n'
    project.configure(f'store = "news.db"\nplugins = ["mine"]\n{source}')
    assert start(project).wait() == 1  # every source failed
    assert (project.folder / "errors.txt").read_text().count("\n") == 1
    assert [title for _, _, title in rows(project)] == ["Before the work"]
