"""What a run says of ill sources, and what `aggregate sources` shows, over days."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from project import Project, Result
from publisher import Publisher
from sample_feeds import item, rss
from time_machine import Traveller

START = datetime(2026, 11, 23, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def two(project: Project, publisher: Publisher) -> Project:
    """A source that stays well, and one that was until now."""
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


def test_a_blip_is_not_spoken_of(two: Project, publisher: Publisher, clock: Traveller) -> None:
    for hour in range(1, 70, 3):
        result = run(two, clock, hour * HOUR)
        assert (result.status, result.err) == (0, "")
    ill = two.aggregate("sources", "--json").json[1]
    assert ill["state"] == "failing"
    assert ill["failures"] > 3
    assert ill["failing_since"] == "2026-11-23T01:00:00Z"
    publisher.serve("/bad.xml", feed(2))
    assert run(two, clock, 4 * DAY).err == ""
    well = two.aggregate("sources", "--json").json[1]
    assert (well["state"], well["failures"], well["error"], well["failing_since"]) == ("ok", 0, None, None)


def test_the_report_has_every_failure_from_the_first(two: Project, clock: Traveller) -> None:
    result = run(two, clock, HOUR, "--json")
    assert result.err == ""
    [failure] = result.json["errors"]
    assert set(failure) == {"source", "error"}
    assert failure["source"] == "Bad"
    assert "503" in failure["error"]


def test_when_patience_is_over_it_is_said_and_then_once_a_day(two: Project, clock: Traveller) -> None:
    said = [hour for hour in range(1, 170) if run(two, clock, hour * HOUR).err]
    assert said == [73, 97, 121, 145, 169]
    line = run(two, clock, 200 * HOUR).err
    assert line.startswith("aggregate: Bad: http")
    assert "503" in line
    assert "(since 2026-11-23 01:00 UTC, " in line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(("patience", "expected"), [("2h", 3), ("10 days", 241)])
def test_patience_is_up_to_the_configuration(
    two: Project, publisher: Publisher, clock: Traveller, patience: str, expected: int
) -> None:
    configure(two, publisher, f'patience = "{patience}"')
    run(two, clock, HOUR)
    assert run(two, clock, (expected - 1) * HOUR).err == ""
    assert "503" in run(two, clock, expected * HOUR).err


def test_what_was_asked_for_is_said(two: Project, clock: Traveller) -> None:
    assert run(two, clock, HOUR, "--force").err == ""
    strict = run(two, clock, 2 * HOUR, "--force", "--strict")
    assert (strict.status, strict.err.count("503")) == (1, 1)
    named = run(two, clock, 3 * HOUR, "--source", "Bad")
    assert (named.status, named.err.count("503")) == (1, 1)


def test_a_source_that_was_never_well_is_named_at_once_and_then_left_alone(
    two: Project, publisher: Publisher, clock: Traveller
) -> None:
    configure(two, publisher, f'[[sources]]\nurl = "{publisher.url("/typo.xml")}"\n')
    assert "404" in run(two, clock, HOUR).err
    assert run(two, clock, 5 * HOUR).err == ""
    assert "404" in run(two, clock, 80 * HOUR).err


def test_when_every_source_fails_that_is_said(two: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/good.xml", b"no", status=500)
    result = run(two, clock, DAY)
    assert (result.status, len(result.err.splitlines())) == (1, 2)


def test_one_that_fails_alone_since_the_others_are_not_due_is_a_blip(two: Project, clock: Traveller) -> None:
    run(two, clock, HOUR, "--force")
    result = run(two, clock, HOUR + 12 * MINUTE, "--json")
    assert result.json["sources"] == {"total": 2, "fetched": 0, "unchanged": 0, "skipped": 1, "failed": 1}
    assert (result.status, result.err) == (0, "")


def test_a_source_that_is_gone_is_said_once(two: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/bad.xml", b"", status=410)
    said = [hour for hour in range(1, 120, 4) if "410" in run(two, clock, hour * HOUR).err]
    assert said == [1]
    assert two.aggregate("sources", "--json").json[1]["state"] == "gone"


def test_the_history_of_illness_is_kept_for_as_long_as_articles(
    two: Project, publisher: Publisher, clock: Traveller
) -> None:
    run(two, clock, HOUR)
    [still] = two.aggregate("sources", "--history", "--json").json
    assert (still["name"], still["began"], still["ended"], still["attempts"]) == (
        "Bad",
        "2026-11-23T01:00:00Z",
        None,
        1,
    )
    run(two, clock, 2 * HOUR)
    publisher.serve("/bad.xml", feed(2))
    run(two, clock, 4 * HOUR)
    publisher.serve("/bad.xml", b"no", status=404)
    run(two, clock, 2 * DAY)
    now, then = two.aggregate("sources", "--history", "--json").json
    assert (now["ended"], now["kind"]) == (None, "4xx")
    assert (then["began"], then["ended"]) == ("2026-11-23T01:00:00Z", "2026-11-23T04:00:00Z")
    assert (then["attempts"], then["kind"]) == (2, "5xx")
    assert "503" in then["error"]
    text = two.aggregate("sources", "--history").out
    assert "ongoing" in text
    assert "2026-11-23 04:00" in text
    run(two, clock, 200 * DAY)
    assert len(two.aggregate("sources", "--history", "--json").json) == 1
    with sqlite3.connect(two.folder / "news.db") as database:
        assert database.execute("SELECT count(*) FROM episodes").fetchone() == (1,)


def test_silent_and_empty_sources_are_shown(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/good.xml", feed(1))
    publisher.serve("/bad.xml", rss([]))
    configure(project, publisher)
    project.run()
    good, empty = project.aggregate("sources", "--json").json
    assert (good["silent"], good["note"], good["newest"]) == (False, None, "2026-11-23T00:00:00Z")
    assert good["articles_per_week"] == pytest.approx(9 * 7, abs=1)
    assert (empty["state"], empty["silent"], empty["newest"]) == ("ok", True, None)
    assert "never held an article" in empty["note"]
    run(project, clock, 6 * DAY)
    assert not project.aggregate("sources", "--json").json[0]["silent"]
    run(project, clock, 9 * DAY)
    [silent, _] = project.aggregate("sources", "--json").json
    assert (silent["state"], silent["silent"]) == ("ok", True)
    assert silent["note"] == "silent: nothing new since 2026-11-23, where 1h was usual"
    assert silent["note"] in project.aggregate("sources").out


def test_next_due_is_what_the_next_run_goes_by(two: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/bad.xml", b"no", status=503, headers={"Retry-After": "36000"})
    run(two, clock, HOUR)
    good, bad = (datetime.fromisoformat(row["next_due"]) for row in two.aggregate("sources", "--json").json)
    assert bad == START + 11 * HOUR
    publisher.requests.clear()
    assert good > START + HOUR
    run(two, clock, good - START - 2 * MINUTE)
    assert publisher.requests == []
    run(two, clock, max(good, bad) - START)
    assert {request.path for request in publisher.requests} == {"/good.xml", "/bad.xml"}
