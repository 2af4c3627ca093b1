"""`aggregate status`: what is due, what waits, what fails; as text, JSON and metrics."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from project import Project
from prometheus_client.parser import text_string_to_metric_families
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.config.store_address import DatabaseAddress
from aggregator.store import Store, StoreLocation


@pytest.fixture
def news(project: Project, publisher: Publisher, store_location: StoreLocation) -> Project:
    """A project with a source that succeeds, one that fails and one that is gone, and an output."""
    publisher.serve("/a.xml", rss([item(1)]))
    publisher.serve("/gone.xml", b"", status=410)
    store = store_location.url if isinstance(store_location, DatabaseAddress) else str(store_location)
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(path)}"\n' for path in ("/a.xml", "/none.xml", "/gone.xml"))
    project.configure(f'store = "{store}"\n[http]\nallow_private = ["127.0.0.0/8"]\n{sources}{OUTPUT}')
    return project


OUTPUT = '[[outputs]]\nplugin = "rss"\npath = "feed.xml"\n'


def test_status_before_the_first_run(news: Project) -> None:
    status = news.aggregate("status", "--json").json
    assert status["sources"] | {"errors": {}} == status["sources"]
    assert (status["outputs"][0]["made"], status["grouping"]) == (None, {"waiting": 0, "lag": 0})
    assert "output    feed.xml: not made yet" in news.aggregate("status").out


def test_status_after_a_run(news: Project) -> None:
    assert news.aggregate("run").status == 0
    status = news.aggregate("status", "--json").json
    sources = status["sources"]
    counts = {"total": 2, "due": 0, "overdue": 0, "failing": 1, "gone": 1}
    assert counts.items() <= sources.items()
    assert sources["errors"] == {"4xx": 2}
    assert status["grouping"] == {"waiting": 0, "lag": 0}
    assert status["size"] > 10_000
    [output] = status["outputs"]
    assert output["current"] and abs(datetime.fromisoformat(output["made"]) - datetime.now(UTC)).total_seconds() < 600
    text = news.aggregate("status").out
    assert re.search(r"^sources   2: 0 due$", text, re.MULTILINE)
    assert re.search(r"^failing   1, and 1 gone: 4xx 2$", text, re.MULTILINE)


def test_articles_that_wait_for_grouping_are_counted(news: Project, store_location: StoreLocation) -> None:
    news.aggregate("run")
    with Store.open(store_location) as store:
        store.connection.execute("UPDATE articles SET story = NULL, first_seen = first_seen - 3600")
    status = news.aggregate("status", "--json").json
    assert status["grouping"]["waiting"] == 1
    assert 3600 <= status["grouping"]["lag"] < 4200
    assert "1 article waiting, the first for 3" in news.aggregate("status").out


def test_metrics_are_those_of_the_status(news: Project) -> None:
    news.aggregate("run")
    families = {
        family.name: {tuple(one.labels.values()): one.value for one in family.samples}
        for family in text_string_to_metric_families(news.aggregate("status", "--metrics").out)
    }
    assert families["aggregate_sources"] == {(): 2}
    assert families["aggregate_sources_failing"] == {("4xx",): 2}
    assert families["aggregate_sources_gone"] == {(): 1}
    assert families["aggregate_grouping_lag_seconds"] == {(): 0}
    [(path,)] = families["aggregate_output_made_timestamp_seconds"]
    assert path.endswith("feed.xml")


def test_jobs_are_shown_for_a_store_in_postgresql(news: Project, store_location: StoreLocation) -> None:
    news.aggregate("run")
    jobs = news.aggregate("status", "--json").json["jobs"]
    expected: dict[str, object] = {"workers": [], "waiting": {}, "running": {}, "stalled": 0}
    assert jobs == (expected if isinstance(store_location, DatabaseAddress) else None)
