"""`aggregate run` on a store in PostgreSQL that other processes use: pictures, lists, exit statuses, corrections."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from jobs_database import open_database
from picture_files import photo
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

from aggregator.jobs import publishing
from aggregator.jobs.leases import Leases, LeaseTimes
from aggregator.jobs.shards import shard_of

pytestmark = pytest.mark.e2e

OUTPUTS = '[[outputs]]\nplugin = "html"\npath = "public"\npictures = "copy"\n'


@pytest.fixture
def shared(project: Project, postgresql_url: str) -> Project:
    """A project with a store in PostgreSQL."""
    project.database = postgresql_url
    return project


@contextmanager
def busy(shared: Project, address: str) -> Iterator[None]:
    """Hold the shard of an address, as another worker does."""
    assert shared.database
    with open_database(shared.database) as database:
        leases = Leases(database.connection)
        assert leases.acquire([shard_of(address)])
        yield


def sources(*urls: str, more: str = "") -> str:
    return "".join(f'[[sources]]\nurl = "{url}"\n{more}' for url in urls)


def serve_pictures(publisher: Publisher, number: int) -> None:
    """Serve a feed of articles with a picture each."""
    entries = []
    for n in range(number):
        publisher.serve(f"/{n}.jpg", photo(640, 400, n), content_type="image/jpeg")
        entries.append(item(n, text=f'<img src="{publisher.url(f"/{n}.jpg")}"> Text {n}'))
    publisher.serve("/feed.xml", rss(entries))


def copies(shared: Project) -> int:
    return len({path.name for folder in shared.folder.glob("*.pictures") for path in folder.rglob("*.jpg")})


def in_process(project: Project, option: str) -> int:
    command = [sys.executable, "-m", "aggregator", "run", option]
    return subprocess.run(command, cwd=project.folder, capture_output=True).returncode


def requested(publisher: Publisher, ending: str = "") -> list[str]:
    return sorted(request.path for request in publisher.requests if request.path.endswith(ending))


def test_pictures_are_copied_without_collecting_but_not_offline(shared: Project, publisher: Publisher) -> None:
    serve_pictures(publisher, 3)
    url = publisher.url("/feed.xml")
    shared.configure(sources(url))
    assert shared.run()["articles"]["new"] == 3
    shared.configure(sources(url) + OUTPUTS)
    assert shared.run("--offline")["errors"] == []
    assert (copies(shared), requested(publisher)) == (0, ["/feed.xml"])
    (shared.folder / "public" / "index.html").unlink()
    report = shared.run("--no-collect")
    assert (report["sources"]["total"], report["errors"]) == (0, [])
    assert (copies(shared), requested(publisher, ".jpg")) == (3, ["/0.jpg", "/1.jpg", "/2.jpg"])
    assert requested(publisher, ".xml") == ["/feed.xml"]


def test_picture_of_a_busy_host_is_postponed_and_copied_by_the_next_run(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "TIMES", LeaseTimes(wait=0.2))
    serve_pictures(publisher, 2)
    url = publisher.url("/feed.xml")
    shared.configure(sources(url))
    shared.run()
    shared.configure(sources(url) + OUTPUTS)
    with busy(shared, url):
        report = shared.run("--no-collect")
        assert report["errors"] == []
    assert (copies(shared), requested(publisher, ".jpg")) == (0, [])
    assert shared.select("SELECT count(*) FROM pictures WHERE error IS NOT NULL") == [(0,)]
    shared.run("--no-collect")  # nothing is new, and yet the output is not complete
    assert copies(shared) == 2
    assert "-640.jpg" in shared.read("public/index.html")
    publisher.requests.clear()
    assert shared.run("--no-collect")["outputs"][0]["written"] == 0
    assert publisher.requests == []


def test_two_processes_that_copy_pictures_keep_the_limit_of_a_host(shared: Project, publisher: Publisher) -> None:
    """The second one is a process that collects: it holds the shard of the pictures for most of the time."""
    serve_pictures(publisher, 4)
    under_way, most = [0], [0]
    lock = threading.Lock()

    def answer(exchange: Exchange, body: bytes) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.2)
        with lock:
            under_way[0] -= 1
        exchange.answer(200, body)

    for n in range(4):
        publisher.handle(f"/{n}.jpg", partial(answer, body=photo(640, 400, n)))
    for n in range(6):
        publisher.handle(f"/feed{n}.xml", partial(answer, body=rss([item(100 + n)])))
    shared.configure(sources(publisher.url("/feed.xml")))
    shared.run()
    limits = '[http]\nallow_private = ["127.0.0.0/8"]\nper_host = 1\n'
    shared.configure(sources(publisher.url("/feed.xml")) + OUTPUTS + limits)
    (shared.folder / "more").mkdir()
    other = Project(shared.folder / "more", shared.database)
    other.configure(sources(*(publisher.url(f"/feed{n}.xml") for n in range(6))) + limits)
    with ThreadPoolExecutor() as pool:
        assert [*pool.map(in_process, (shared, other), ("--no-collect", "--force"))] == [0, 0]
    assert most == [1]
    assert (copies(shared), len(requested(publisher, ".jpg")), len(requested(publisher, ".xml"))) == (4, 4, 7)


def test_pause_of_a_picture_host_holds_for_collecting_and_the_other_way_round(
    shared: Project, publisher: Publisher
) -> None:
    serve_pictures(publisher, 1)
    url = publisher.url("/feed.xml")
    publisher.handle("/0.jpg", lambda exchange: exchange.answer(429, headers={"Retry-After": "3600"}))
    hold = '[http]\nallow_private = ["127.0.0.0/8"]\nhold = "host"\n'
    shared.configure(sources(url) + OUTPUTS + hold)
    shared.run()
    assert requested(publisher) == ["/0.jpg", "/feed.xml"]
    report = shared.run("--force")
    assert requested(publisher) == ["/0.jpg", "/feed.xml"]
    assert (report["sources"]["skipped"], report["errors"]) == (1, [])
    [(scope, pause)] = shared.select("SELECT scope, until FROM holds")
    assert scope.startswith("host 127.0.0.1:")
    assert pause > time.time() + 3000
    [error] = shared.run("--source", url)["errors"]
    assert "no request for another" in error["error"]
