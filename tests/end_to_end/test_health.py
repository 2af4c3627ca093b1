"""Failing sources over several days: what a run reports and what `aggregate sources` shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from project import Project, Result
from publisher import Publisher
from sample_feeds import item, rss
from time_machine import Traveller

pytestmark = pytest.mark.e2e

START = datetime(2026, 11, 23, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def failing_project(project: Project, publisher: Publisher) -> Project:
    """A project with a working source and one that now begins to fail."""
    publisher.serve("/good.xml", feed(1))
    publisher.serve("/bad.xml", feed(2))
    configure(project, publisher)
    assert project.aggregate("run").err == ""
    publisher.serve("/bad.xml", b"no", status=503)
    return project


def feed(number: int) -> bytes:
    items = [item(number * 100 + n) | {"pubDate": format_datetime(START - HOUR * n)} for n in range(10)]
    return rss(items, title=f"Outlet {number}")


def configure(project: Project, publisher: Publisher, more: str = "") -> None:
    sources = "".join(
        f'[[sources]]\nname = "{name}"\nurl = "{publisher.url(f"/{name.lower()}.xml")}"\n' for name in ("Good", "Bad")
    )
    project.configure(f'store = "news.db"\n{more}\n{sources}')


def run(project: Project, clock: Traveller, time: timedelta, *arguments: str) -> Result:
    clock.move_to(START + time)
    return project.aggregate("run", *arguments)


def test_short_failure_is_not_reported(failing_project: Project, publisher: Publisher, clock: Traveller) -> None:
    for hour in range(1, 70, 3):
        result = run(failing_project, clock, hour * HOUR)
        assert (result.status, result.err) == (0, "")
    failing = failing_project.aggregate("sources", "--json").json[1]
    assert failing["state"] == "failing"
    assert failing["failures"] > 3
    assert failing["failing_since"] == "2026-11-23T01:00:00Z"
    publisher.serve("/bad.xml", feed(2))
    assert run(failing_project, clock, 4 * DAY).err == ""
    recovered = failing_project.aggregate("sources", "--json").json[1]
    assert (recovered["state"], recovered["failures"], recovered["error"], recovered["failing_since"]) == (
        "ok",
        0,
        None,
        None,
    )


def test_json_report_lists_every_failure_from_the_first(failing_project: Project, clock: Traveller) -> None:
    result = run(failing_project, clock, HOUR, "--json")
    assert result.err == ""
    [failure] = result.json["errors"]
    assert set(failure) == {"source", "error"}
    assert failure["source"] == "Bad"
    assert "HTTP 503" in failure["error"]


@pytest.mark.both_databases
def test_failure_is_reported_after_three_days_and_then_once_a_day(failing_project: Project, clock: Traveller) -> None:
    before = range(72, 170, 24)  # the last hours in which nothing is due to be reported
    hours = sorted({*range(1, 170, 6), *before})
    assert [hour for hour in hours if run(failing_project, clock, hour * HOUR).err] == [hour + 1 for hour in before]
    line = run(failing_project, clock, 200 * HOUR).err
    assert line.startswith("aggregate: Bad: http")
    assert "HTTP 503" in line
    assert "(since 2026-11-23 01:00 UTC, " in line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(("patience", "expected"), [("2h", 3), ("10 days", 241)])
def test_patience_is_configurable(
    failing_project: Project, publisher: Publisher, clock: Traveller, patience: str, expected: int
) -> None:
    configure(failing_project, publisher, f'patience = "{patience}"')
    run(failing_project, clock, HOUR)
    assert run(failing_project, clock, (expected - 1) * HOUR).err == ""
    assert "HTTP 503" in run(failing_project, clock, expected * HOUR).err


@pytest.mark.both_databases
def test_failure_is_reported_with_strict_or_a_named_source(failing_project: Project, clock: Traveller) -> None:
    assert run(failing_project, clock, HOUR, "--force").err == ""
    strict = run(failing_project, clock, 2 * HOUR, "--force", "--strict")
    assert (strict.status, strict.err.count("HTTP 503")) == (1, 1)
    named = run(failing_project, clock, 3 * HOUR, "--source", "Bad")
    assert (named.status, named.err.count("HTTP 503")) == (1, 1)


def test_source_that_never_succeeded_is_reported_at_once_and_again_after_three_days(
    failing_project: Project, publisher: Publisher, clock: Traveller
) -> None:
    configure(failing_project, publisher, f'[[sources]]\nurl = "{publisher.url("/typo.xml")}"\n')
    assert "HTTP 404" in run(failing_project, clock, HOUR).err
    assert run(failing_project, clock, 5 * HOUR).err == ""
    assert "HTTP 404" in run(failing_project, clock, 80 * HOUR).err


@pytest.mark.both_databases
def test_run_in_which_every_source_fails_is_reported(
    failing_project: Project, publisher: Publisher, clock: Traveller
) -> None:
    publisher.serve("/good.xml", b"no", status=500)
    result = run(failing_project, clock, DAY)
    assert (result.status, len(result.err.splitlines())) == (1, 2)


@pytest.mark.both_databases
def test_failure_of_the_only_source_due_is_not_reported(failing_project: Project, clock: Traveller) -> None:
    run(failing_project, clock, HOUR, "--force")
    result = run(failing_project, clock, HOUR + 12 * MINUTE, "--json")
    assert result.json["sources"] == {"total": 2, "fetched": 0, "unchanged": 0, "skipped": 1, "failed": 1}
    assert (result.status, result.err) == (0, "")


def test_gone_source_is_reported_once(failing_project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/bad.xml", b"", status=410)
    hours = [hour for hour in range(1, 120, 4) if "HTTP 410" in run(failing_project, clock, hour * HOUR).err]
    assert hours == [1]
    assert failing_project.aggregate("sources", "--json").json[1]["state"] == "gone"


@pytest.mark.both_databases
def test_history_of_failures_is_kept_as_long_as_articles(
    failing_project: Project, publisher: Publisher, clock: Traveller
) -> None:
    run(failing_project, clock, HOUR)
    [ongoing] = failing_project.aggregate("sources", "--history", "--json").json
    assert (ongoing["name"], ongoing["began"], ongoing["ended"], ongoing["attempts"]) == (
        "Bad",
        "2026-11-23T01:00:00Z",
        None,
        1,
    )
    run(failing_project, clock, 2 * HOUR)
    publisher.serve("/bad.xml", feed(2))
    run(failing_project, clock, 4 * HOUR)
    publisher.serve("/bad.xml", b"no", status=404)
    run(failing_project, clock, 2 * DAY)
    now, then = failing_project.aggregate("sources", "--history", "--json").json
    assert (now["ended"], now["kind"]) == (None, "4xx")
    assert (then["began"], then["ended"]) == ("2026-11-23T01:00:00Z", "2026-11-23T04:00:00Z")
    assert (then["attempts"], then["kind"]) == (2, "5xx")
    assert "HTTP 503" in then["error"]
    text = failing_project.aggregate("sources", "--history").out
    assert "ongoing" in text
    assert "2026-11-23 04:00" in text
    run(failing_project, clock, 200 * DAY)
    assert len(failing_project.aggregate("sources", "--history", "--json").json) == 1
    assert failing_project.select("SELECT count(*) FROM episodes") == [(1,)]


def test_sources_verb_shows_silent_and_empty_sources(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/good.xml", feed(1))
    publisher.serve("/bad.xml", rss([]))
    configure(project, publisher)
    project.run()
    good, empty = project.aggregate("sources", "--json").json
    assert (good["silent"], good["note"], good["newest"]) == (False, None, "2026-11-23T00:00:00Z")
    assert good["articles_per_week"] == pytest.approx(9 * 7, abs=1)
    assert (empty["state"], empty["silent"], empty["newest"]) == ("ok", True, None)
    assert "no answer has ever held an article" in empty["note"]
    run(project, clock, 6 * DAY)
    assert not project.aggregate("sources", "--json").json[0]["silent"]
    run(project, clock, 9 * DAY)
    [silent, _] = project.aggregate("sources", "--json").json
    assert (silent["state"], silent["silent"]) == ("ok", True)
    assert silent["note"] == "silent: nothing new since 2026-11-23, although the usual interval is 1h"
    rows = project.aggregate("sources").out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["silent", "empty"]
    assert silent["note"].removeprefix("silent: ") in rows[0]
    assert silent["note"] in project.aggregate("sources", silent["name"]).out
    figures = project.aggregate("status", "--json").json["sources"]
    assert (figures["failing"], figures["silent"], figures["empty"]) == (0, 1, 1)
    status = project.aggregate("status").out
    assert "\nsilent    1: " in status
    assert "\nempty     1: " in status


def test_next_run_obeys_next_due(failing_project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/bad.xml", b"no", status=503, headers={"Retry-After": "36000"})
    run(failing_project, clock, HOUR)
    good, bad = (datetime.fromisoformat(row["next_due"]) for row in failing_project.aggregate("sources", "--json").json)
    assert bad == START + 11 * HOUR
    publisher.requests.clear()
    assert good > START + HOUR
    run(failing_project, clock, good - START - 2 * MINUTE)
    assert publisher.requests == []
    run(failing_project, clock, max(good, bad) - START)
    assert {request.path for request in publisher.requests} == {"/good.xml", "/bad.xml"}
