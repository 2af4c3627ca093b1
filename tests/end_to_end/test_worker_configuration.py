"""A worker takes in a configuration that changes while it runs: what verbs and editors write, lists, mistakes."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import psycopg
import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss
from worker_process import PATIENCE, QUICK, Worker, wait_for, workers

from aggregator.jobs.leases import ROSTER, SINGLE_LOCKS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def shared(project: Project, publisher: Publisher, postgresql_url: str) -> Project:
    """A project with a store in PostgreSQL, a source, and further feeds that can be added."""
    for name in ("a", "b", "c"):
        publisher.serve(f"/{name}.xml", rss([item(ord(name))], title=f"Feed {name}"))
    project.database = postgresql_url
    project.configure(f'include = "more/*.toml"\n[[sources]]\nurl = "{publisher.url("/a.xml")}"\n')
    return project


@pytest.fixture
def worker(shared: Project) -> Iterator[Worker]:
    with workers(shared, 1, "--no-publish", program=QUICK) as [started]:
        wait_for(lambda: started.finished("collect"))
        yield started


def scheduled(shared: Project) -> list[str]:
    rows = shared.select("SELECT address FROM sources JOIN schedule ON source = key ORDER BY address")
    return [address.rpartition("/")[2] for (address,) in rows]


def events(worker: Worker, name: str) -> list[str]:
    return [str(one.get("error", "")) for one in worker.events if one["event"] == name]


def requested(publisher: Publisher, name: str) -> int:
    return sum(request.path == f"/{name}.xml" for request in publisher.requests)


def test_worker_follows_the_verbs_that_edit_the_configuration(
    shared: Project, publisher: Publisher, worker: Worker
) -> None:
    assert shared.aggregate("add", publisher.url("/b.xml")).status == 0
    wait_for(lambda: scheduled(shared) == ["a.xml", "b.xml"])
    wait_for(lambda: shared.select("SELECT count(*) FROM articles") == [(2,)])
    assert shared.aggregate("pause", "Feed b").status == 0
    wait_for(lambda: scheduled(shared) == ["a.xml"])
    assert shared.aggregate("resume", "Feed b").status == 0
    wait_for(lambda: scheduled(shared) == ["a.xml", "b.xml"])
    assert shared.aggregate("remove", "Feed a").status == 0
    wait_for(lambda: scheduled(shared) == ["b.xml"])
    assert len(events(worker, "worker started")) == 1
    assert len(events(worker, "configuration has changed")) == 4
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(PATIENCE) == 0
    assert requested(publisher, "a") == 1


def test_worker_goes_on_with_the_old_configuration_while_the_new_one_is_wrong(
    shared: Project, publisher: Publisher, worker: Worker
) -> None:
    right = shared.read("config.toml")
    shared.write("config.toml", right + '[[sources]]\nurl = "https://b.example"\nevery = "soon"\n')
    wait_for(lambda: events(worker, "configuration is wrong: the old one stays in use"))
    [error] = events(worker, "configuration is wrong: the old one stays in use")
    assert "every" in error and "soon" in error
    assert worker.process.poll() is None
    assert scheduled(shared) == ["a.xml"]
    shared.write("more/c.toml", f'[[sources]]\nurl = "{publisher.url("/c.xml")}"\n')
    shared.write("config.toml", right)
    wait_for(lambda: shared.select("SELECT count(*) FROM articles") == [(2,)])
    assert scheduled(shared) == ["a.xml", "c.xml"]
    assert len(events(worker, "configuration is wrong: the old one stays in use")) <= 2


def test_worker_is_seen_while_it_takes_in_a_changed_configuration(
    shared: Project, postgresql_url: str, worker: Worker
) -> None:
    waiting = f"SELECT 1 FROM pg_locks WHERE classid = {SINGLE_LOCKS} AND objid = {ROSTER} AND NOT granted"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s, %s)", (SINGLE_LOCKS, ROSTER))
        shared.aggregate("remove", "Feed a")
        wait_for(lambda: shared.select(waiting))
        refused = shared.aggregate("store", "copy", postgresql_url, "copy.db")
        assert (refused.status, "stop all workers first" in refused.err) == (75, True)
        assert "1 worker" in shared.aggregate("status").out
    wait_for(lambda: scheduled(shared) == [])
    assert len(events(worker, "worker started")) == 1
