"""`aggregate run` on a store in PostgreSQL that other processes use: pictures, lists, exit statuses, corrections."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from forked_python import start_python
from jobs_database import open_database
from picture_files import photo
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

from aggregator import context
from aggregator.config.store_address import DatabaseAddress
from aggregator.jobs import once, publishing, run
from aggregator.jobs.leases import Leases, LeaseTimes
from aggregator.jobs.shards import shard_of
from aggregator.store import Store

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
    return start_python("-m", "aggregator", "run", option, folder=project.folder).wait()


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


# While another process publishes


@contextmanager
def publishing_elsewhere(shared: Project, seconds: float = 60) -> Iterator[None]:
    """Hold the lock of the store, as a process that publishes, until the context is left or for some seconds."""
    left = threading.Event()
    taken = threading.Event()

    def hold() -> None:
        assert shared.database
        with Store.open_locked(DatabaseAddress(shared.database, shared.folder)):
            taken.set()
            left.wait(seconds)

    with ThreadPoolExecutor() as pool:
        held = pool.submit(hold)
        taken.wait(30)
        try:
            yield
        finally:
            left.set()
            held.result()


def test_run_waits_for_the_process_that_publishes(shared: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)]))
    shared.configure(sources(publisher.url("/a.xml")) + '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n')
    with publishing_elsewhere(shared, seconds=1):
        assert shared.run()["outputs"][0]["new"] == 1
    with publishing_elsewhere(shared, seconds=1):
        assert shared.run("--offline")["errors"] == []


def test_run_leaves_what_it_collected_to_the_next_one_if_publishing_lasts(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PATIENCE", 0.2)
    publisher.serve("/a.xml", rss([item(1)]))
    shared.configure(sources(publisher.url("/a.xml")))
    with publishing_elsewhere(shared):
        result = shared.aggregate("run", "--json")
        assert (result.status, result.out) == (75, "")
        assert re.fullmatch(
            r"aggregate: \S+: locked by another run \(session \d+\); what was collected is stored, and published by "
            r"the next run\n",
            result.err,
        )
        started = time.monotonic()
        result = shared.aggregate("run", "--no-collect")
        assert (result.status, result.err.count("nothing was changed")) == (75, 1)
        assert time.monotonic() - started < run.PATIENCE + 30
    assert shared.run("--no-collect")["stories"]["new"] == 1


def test_corrections_wait_for_the_process_that_publishes(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.serve("/a.xml", rss([item(1), item(2)]))
    shared.configure(sources(publisher.url("/a.xml")))
    shared.run()
    ids = [story["id"].removeprefix("urn:uuid:") for story in shared.aggregate("stories", "--json").json]
    with publishing_elsewhere(shared, seconds=1):
        result = shared.aggregate("stories", "merge", *ids)
        assert (result.status, result.err) == (0, "")
    assert len(shared.aggregate("stories", "--json").json) == 1
    monkeypatch.setattr(context, "LOCK_PATIENCE", 0.2)
    with publishing_elsewhere(shared):
        result = shared.aggregate("stories", "merge", *ids)
        assert (result.status, result.out) == (75, "")
        assert "locked by another run (session " in result.err


# Reports


def test_named_source_fails_while_others_are_healthy(shared: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)], title="A"))
    publisher.serve("/b.xml", rss([item(2)], title="B"))
    shared.configure(sources(publisher.url("/a.xml"), publisher.url("/b.xml")))
    shared.run()
    publisher.serve("/b.xml", b"", status=500)
    result = shared.aggregate("run", "--source", "B", "--json")
    assert (result.status, result.json["sources"]["failed"], result.json["sources"]["skipped"]) == (1, 1, 1)
    assert shared.aggregate("run", "--force").status == 0
    assert shared.aggregate("run", "--force", "--strict").status == 1
    result = shared.aggregate("run", "--source", "C")
    assert (result.status, "C" in result.err) == (2, True)


def test_named_source_of_a_busy_publisher_is_reported(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PATIENCE", 0.2)
    publisher.serve("/a.xml", rss([item(1)], title="A"))
    url = publisher.url("/a.xml")
    shared.configure(sources(url))
    shared.run()
    with busy(shared, url):
        report = shared.run("--source", "A")
    assert (report["sources"]["skipped"], len(publisher.requests)) == (1, 1)
    [error] = report["errors"]
    assert error == {
        "source": "A",
        "error": "not collected: another worker sends requests to its publisher; try again",
    }


def test_sources_that_another_worker_does_not_finish_are_reported(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "PAUSE", 0.05)
    publisher.serve("/a.xml", rss([item(1)], title="A"))
    shared.configure(sources(publisher.url("/a.xml")))
    shared.run("--no-collect")  # creates the tables
    with busy(shared, publisher.url("/a.xml")):
        report = shared.run()
    assert report["sources"] == {"total": 1, "fetched": 0, "unchanged": 0, "skipped": 1, "failed": 0}
    [error] = report["errors"]
    assert error == {"source": "workers", "error": "due, and collected by nobody: 1; see `aggregate status`"}


def test_without_collecting_a_run_delivers_but_offline_it_does_not(
    shared: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.serve("/a.xml", rss([item(1)]))
    publisher.serve("/hook", b"")
    url = publisher.url("/a.xml")
    shared.configure(f'{sources(url)}[[outputs]]\nplugin = "webhook"\nurl = "{publisher.url("/hook")}"\n')
    shared.run()
    publisher.serve("/a.xml", rss([item(1), item(2)]))
    monkeypatch.setattr(run, "PATIENCE", 0.2)
    with publishing_elsewhere(shared):
        assert shared.aggregate("run", "--force").status == 75
    publisher.requests.clear()
    assert shared.aggregate("run", "--offline").status == 0
    assert requested(publisher) == []
    result = shared.aggregate("run", "--no-collect")
    assert (result.status, result.err, requested(publisher)) == (0, "", ["/hook"])


def test_without_collecting_a_run_in_a_file_publishes_what_is_stored(project: Project, publisher: Publisher) -> None:
    serve_pictures(publisher, 1)
    project.configure(sources(publisher.url("/feed.xml")))
    project.run()
    project.configure(sources(publisher.url("/feed.xml")) + OUTPUTS)
    report = project.run("--no-collect")
    assert (report["sources"]["total"], report["outputs"][0]["new"]) == (0, 1)
    assert requested(publisher) == ["/0.jpg", "/feed.xml"]


# Lists


def serve_list(publisher: Publisher, *names: str) -> None:
    """Serve feeds with the same text, and a list of them, whose addresses are written with an upper-case scheme."""
    for name in names:
        publisher.serve(
            f"/{name}.xml", rss([item(1) | {"guid": name, "link": f"https://{name}.example/1"}], title=name)
        )
    lines = "".join(f'<outline text="{one}" xmlUrl="{publisher.url(f"/{one}.xml").upper()}"/>' for one in names)
    publisher.serve("/list.opml", f'<opml version="2.0"><body>{lines}</body></opml>'.replace(".XML", ".xml").encode())


def scheduled(shared: Project) -> dict[str, int | None]:
    rows = shared.select("SELECT address, every FROM sources JOIN schedule ON source = key")
    return {address.rpartition("/")[2]: every for address, every in rows}


def test_feeds_of_a_list_are_scheduled_with_its_settings_and_follow_it(shared: Project, publisher: Publisher) -> None:
    serve_list(publisher, "A", "B")
    settings = 'plugin = "opml"\nname = "L"\nevery = "2h"\ntags = ["x"]\nstories = false\n'
    output = '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\nlimit = 0\n'
    shared.configure(sources(publisher.url("/list.opml"), more=settings) + output)
    assert shared.run()["sources"] == {"total": 3, "fetched": 3, "unchanged": 0, "skipped": 0, "failed": 0}
    assert scheduled(shared) == {"list.opml": 7200, "A.xml": 7200, "B.xml": 7200}
    lines = [json.loads(line) for line in shared.read("all.jsonl").splitlines()]
    assert [line["tags"] for line in lines] == [["x"], ["x"]]  # two stories, in spite of the same text
    assert shared.run("--source", "L")["sources"]["fetched"] == 1  # unchanged
    assert len(scheduled(shared)) == 3
    serve_list(publisher, "B", "C")
    shared.run("--source", "L")
    assert scheduled(shared) == {"list.opml": 7200, "B.xml": 7200, "C.xml": 7200}
    assert shared.run()["sources"] == {"total": 3, "fetched": 1, "unchanged": 0, "skipped": 2, "failed": 0}
    publisher.serve("/list.opml", b"", status=410)
    shared.run("--source", "L")
    assert len(scheduled(shared)) == 3  # kept, as the feeds of any list that cannot be read
    shared.configure(output)
    shared.run()
    assert scheduled(shared) == {}
