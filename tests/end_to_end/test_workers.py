"""`aggregate work` and `aggregate run` as processes, on one store in PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss
from stores import execute
from worker_process import PATIENCE, wait_for, workers

from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FEEDS = 12


@pytest.fixture
def address(postgresql_url: str, tmp_path: Path) -> DatabaseAddress:
    return DatabaseAddress(url=postgresql_url, folder=tmp_path)


@pytest.fixture
def news(project: Project, publisher: Publisher, address: DatabaseAddress) -> Project:
    """A project with twelve feeds of three articles each, and a list of all articles as its output."""
    for number in range(FEEDS):
        publisher.serve(f"/{number}.xml", rss([item(100 * number + n) for n in range(3)], title=f"Feed {number}"))
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(f"/{number}.xml")}"\n' for number in range(FEEDS))
    project.configure(
        f'store = {{ env = "NEWS" }}\n{sources}[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\nlimit = 0\n'
    )
    os.environ["NEWS"] = address.url
    return project


def articles(address: DatabaseAddress) -> list[str]:
    with Store.open(address) as store:
        return sorted(id for (id,) in execute(store, "SELECT id FROM articles"))


EXPECTED = sorted(str(item(100 * number + n)["guid"]) for number in range(FEEDS) for n in range(3))


def test_workers_collect_and_one_of_them_publishes(
    news: Project, publisher: Publisher, address: DatabaseAddress
) -> None:
    with workers(news, 2) as started:
        wait_for(
            lambda: any(worker.finished("publish") for worker in started) and len(articles(address)) == len(EXPECTED)
        )
        for worker in started:
            worker.process.send_signal(signal.SIGTERM)
        assert [worker.process.wait(PATIENCE) for worker in started] == [0, 0]
        assert sum(one["new"] for worker in started for one in worker.finished("collect")) == len(EXPECTED)
    assert articles(address) == EXPECTED
    assert sorted(request.path for request in publisher.requests) == sorted(f"/{n}.xml" for n in range(FEEDS))
    assert news.run("--offline")["errors"] == []
    assert len(news.read("all.jsonl").splitlines()) == len(EXPECTED)


def test_a_run_collects_groups_and_publishes(news: Project, publisher: Publisher, address: DatabaseAddress) -> None:
    report = news.run()
    assert report["sources"] == {"total": FEEDS, "fetched": FEEDS, "unchanged": 0, "skipped": 0, "failed": 0}
    assert (report["articles"]["new"], report["errors"]) == (len(EXPECTED), [])
    assert news.run()["sources"]["skipped"] == FEEDS
    assert len(publisher.requests) == FEEDS
    assert news.run("--force")["sources"]["fetched"] == FEEDS
    assert news.run("--source", "Feed 3")["sources"]["fetched"] == 1
    assert articles(address) == EXPECTED
    assert len(news.read("all.jsonl").splitlines()) == len(EXPECTED)


def test_the_worker_needs_a_database(project: Project) -> None:
    project.configure('store = "news.db"\n')
    result = project.aggregate("work")
    assert result.status == 2
    assert "news.db': workers need a store in PostgreSQL; see docs/scale.md\n" in result.err
    assert not (project.folder / "news.db").exists()


LOADED = """
import sys
from aggregator.cli.main import main

for verb in ("run", "status", "stories"):
    try:
        main([verb])
    except SystemExit as end:
        assert not end.code, verb
packages = ("psycopg", "psycopg_pool", "procrastinate", "prometheus_client", "asgiref", "croniter", "aggregator.jobs")
modules = (*packages, "aggregator.store.postgresql")
print([name for name in sys.modules if name.startswith(modules)], file=sys.stderr)
"""


def test_a_store_in_a_file_needs_nothing_of_postgresql(project: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)]))
    output = '[[outputs]]\nplugin = "rss"\npath = "feed.xml"\n'
    project.configure(f'[[sources]]\nurl = "{publisher.url("/a.xml")}"\n{output}')
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.stderr == "[]\n"
