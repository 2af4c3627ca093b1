"""When a publisher receives requests, over runs of hours, days and years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import time_machine
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss
from time_machine import Traveller

pytestmark = pytest.mark.e2e

START = datetime(2026, 11, 23, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def configure(project: Project, publisher: Publisher, *paths: str, more: str = "") -> None:
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(path)}"\n{more}\n' for path in paths)
    project.configure(f'store = "news.db"\n{sources}')


def request_times(project: Project, publisher: Publisher, clock: Traveller, times: Any, *arguments: str) -> list[str]:
    """Run at each of these times after the start, and return when the publisher received requests."""
    requested = []
    for time in times:
        clock.move_to(START + time)
        before = len(publisher.requests)
        project.run(*arguments)
        requested += [f"{START + time:%a %H:%M}"] * (len(publisher.requests) - before)
    return requested


def steps(step: timedelta, until: timedelta) -> list[timedelta]:
    return [step * n for n in range(until // step)]


def dated_item(time: datetime, number: int) -> dict[str, str]:
    return item(number) | {"pubDate": format_datetime(time)}


def failure(status: int, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"body": b"no", "status": status, "headers": headers or {}}


def test_every_is_exact_and_tolerates_an_early_timer(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", rss([item(1)]), headers={"Cache-Control": "max-age=86400"})
    configure(project, publisher, "/a.xml", more='every = "30m"')
    assert request_times(project, publisher, clock, steps(10 * MINUTE, 61 * MINUTE)) == ["Mon 00:00", "Mon 00:30"]
    early = [HOUR, HOUR + 29 * MINUTE + 20 * SECOND, HOUR + 58 * MINUTE]
    assert request_times(project, publisher, clock, early) == ["Mon 01:00", "Mon 01:29"]


@pytest.mark.slow
def test_schedule_learns_office_hours(project: Project, publisher: Publisher, clock: Traveller) -> None:
    def feed(exchange: Exchange) -> None:
        """Serve four articles for each working day of the last six weeks, up to the current time."""
        times = [START + DAY * day + HOUR * hour for day in range(-42, 7) for hour in (9, 11, 14, 16)]
        shown = [time for time in times if time.weekday() < 5 and time <= datetime.now(UTC)]
        exchange.answer(200, rss([dated_item(time, int(time.timestamp()) // 3600) for time in shown[-60:]]))

    publisher.handle("/a.xml", feed)
    configure(project, publisher, "/a.xml")
    times = request_times(project, publisher, clock, steps(HOUR, 7 * DAY))
    working = [time for time in times if time[:3] not in ("Sat", "Sun") and "08:00" <= time[4:] <= "18:00"]
    nights = [time for time in times if time not in working]
    assert 15 <= len(working) <= 40
    assert len(nights) <= 5
    assert sum(time[:3] in ("Sat", "Sun") for time in times) <= 2


@pytest.mark.slow
def test_only_due_sources_are_requested(project: Project, publisher: Publisher, clock: Traveller) -> None:
    def busy(exchange: Exchange) -> None:
        latest = int((datetime.now(UTC) - START) / MINUTE) // 10
        times = {n: START + 10 * MINUTE * n for n in range(latest - 20, latest)}
        exchange.answer(200, rss([dated_item(time, 1000 + n) for n, time in times.items()]))

    publisher.handle("/busy.xml", busy)
    publisher.serve("/idle.xml", rss([dated_item(START - 30 * DAY * n, 100 + n) for n in range(9)], title="Idle"))
    configure(project, publisher, "/busy.xml", "/idle.xml")
    request_times(project, publisher, clock, steps(30 * MINUTE, DAY + HOUR))
    paths = [request.path for request in publisher.requests]
    assert paths.count("/idle.xml") == 2
    assert paths.count("/busy.xml") == 50
    publisher.requests.clear()
    request_times(project, publisher, clock, [DAY + HOUR, DAY + HOUR], "--force")
    assert len(publisher.requests) == 4, "--force requests even what was just requested"


@pytest.mark.parametrize(
    ("headers", "channel", "expected"),
    [
        ({"Cache-Control": "public, max-age=7200"}, "", 2),
        ({"Expires": format_datetime(START + 3 * HOUR, usegmt=True)}, "", 3),
        ({}, "<ttl>240</ttl>", 4),
        ({"Cache-Control": "max-age=7200"}, "<ttl>300</ttl>", 5),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 6),
        ({"Cache-Control": "max-age=31536000"}, "", 24),
        ({}, "<skipHours><hour>0</hour><hour>1</hour><hour>2</hour></skipHours>", 3),
        ({}, "<skipDays><day>Monday</day></skipDays>", 24),
    ],
)
def test_hints_of_publishers_delay_the_next_request(
    project: Project,
    publisher: Publisher,
    clock: Traveller,
    headers: dict[str, str],
    channel: str,
    expected: int,
) -> None:
    body = rss([dated_item(START - 10 * MINUTE * n, n) for n in range(30)])
    head = b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    body = body.replace(b"<rss ", head).replace(b"<description>News<", channel.encode() + b"<description>News<", 1)
    publisher.serve("/a.xml", body, headers=headers | {"ETag": '"a"'})
    configure(project, publisher, "/a.xml")
    first, second, *_ = request_times(project, publisher, clock, steps(HOUR, 25 * HOUR))
    assert first == "Mon 00:00"
    assert second == f"{START + HOUR * expected:%a %H:%M}"


def test_hints_of_a_feed_hold_after_a_304(project: Project, publisher: Publisher, clock: Traveller) -> None:
    body = rss([dated_item(START - MINUTE * n, n) for n in range(30)]).replace(
        b"<description>", b"<ttl>180</ttl><description>"
    )
    publisher.serve("/a.xml", body, headers={"ETag": '"a"', "Cache-Control": "max-age=60"})
    configure(project, publisher, "/a.xml")
    times = request_times(project, publisher, clock, steps(HOUR, 10 * HOUR))
    assert times == ["Mon 00:00", "Mon 03:00", "Mon 06:00", "Mon 09:00"]
    assert [request.headers["If-None-Match"] for request in publisher.requests] == [None, *['"a"'] * 3]


@pytest.mark.parametrize("wait", ["7200", format_datetime(START + 2 * HOUR, usegmt=True)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_despite_every_force_and_source(
    project: Project, publisher: Publisher, clock: Traveller, wait: str, status: int
) -> None:
    publisher.serve("/a.xml", **failure(status, {"Retry-After": wait}))
    configure(project, publisher, "/a.xml", more='every = "5m"\nname = "A"')
    assert request_times(project, publisher, clock, [timedelta()]) == ["Mon 00:00"]
    soon = steps(30 * MINUTE, 2 * HOUR)
    for arguments in ([], ["--force"], ["--source", "A"]):
        assert request_times(project, publisher, clock, soon, *arguments) == []
    assert "Retry-After lasts until 2026-11-23 02:00 UTC" in project.aggregate("run", "--source", "A").err
    assert request_times(project, publisher, clock, [2 * HOUR]) == ["Mon 02:00"]


def test_absurd_retry_after_is_capped(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", **failure(503, {"Retry-After": "999999999"}))
    configure(project, publisher, "/a.xml")
    assert len(request_times(project, publisher, clock, [timedelta(), 29 * DAY], "--force")) == 1
    assert len(request_times(project, publisher, clock, [31 * DAY])) == 1


@pytest.mark.parametrize(("status", "minutes"), [(503, 10), (404, 120), (429, 60)])
def test_back_off_depends_on_the_kind_of_failure(
    project: Project, publisher: Publisher, clock: Traveller, status: int, minutes: int
) -> None:
    publisher.serve("/a.xml", **failure(status))
    configure(project, publisher, "/a.xml")
    pause, now = minutes * MINUTE, timedelta()
    assert request_times(project, publisher, clock, [now])
    for doubled in (1, 2, 4):
        assert not request_times(project, publisher, clock, [now + pause * doubled * 0.9])
        now += pause * doubled * 1.15
        assert request_times(project, publisher, clock, [now])
    publisher.serve("/a.xml", rss([dated_item(START + 4 * DAY - 20 * MINUTE * n, n) for n in range(30)]))
    after_success = request_times(project, publisher, clock, [4 * DAY, 4 * DAY + 30 * MINUTE])
    assert len(after_success) == 2, "a success resets the back-off"


@pytest.mark.parametrize("ahead", [DAY, 3650 * DAY])
def test_sources_are_requested_after_a_clock_was_ahead(
    project: Project, publisher: Publisher, clock: Traveller, ahead: timedelta
) -> None:
    publisher.serve("/a.xml", rss([dated_item(START - HOUR * n, n) for n in range(30)]))
    publisher.serve("/b.xml", **failure(503, {"Retry-After": "3600"}))
    publisher.serve("/c.xml", **failure(404))
    configure(project, publisher, "/a.xml", "/b.xml", "/c.xml")
    assert len(request_times(project, publisher, clock, [ahead])) == 3
    times = request_times(project, publisher, clock, [timedelta(), HOUR])
    assert [time for time in times if time == "Mon 00:00"] == ["Mon 00:00"] * (3 if ahead > 31 * DAY else 2)
    assert project.run("--force")["sources"]["skipped"] <= 1


def test_clock_set_back_a_little_repeats_no_request(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", rss([dated_item(START - MINUTE * n, n) for n in range(30)]))
    configure(project, publisher, "/a.xml")
    times = [timedelta(), -HOUR, -HOUR + 30 * SECOND, -MINUTE, 30 * SECOND]
    assert request_times(project, publisher, clock, times) == ["Mon 00:00"]
    assert request_times(project, publisher, clock, [15 * MINUTE]) == ["Mon 00:15"]


def test_clock_that_started_in_1970_is_tolerated(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", rss([dated_item(START - HOUR * n, n) for n in range(30)]))
    configure(project, publisher, "/a.xml")
    boot = datetime(1970, 1, 1, 0, 5, tzinfo=UTC) - START
    times = request_times(project, publisher, clock, [boot, boot + MINUTE, timedelta(), HOUR, 2 * HOUR, 3 * HOUR])
    assert times[:2] == ["Thu 00:05", "Mon 00:00"]
    assert len(times) > 2


def test_corrected_url_is_requested_at_once(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/right.xml", rss([item(1)]))
    configure(project, publisher, "/wrong.xml", more='name = "A"')
    request_times(project, publisher, clock, [timedelta()])
    configure(project, publisher, "/right.xml", more='name = "A"')
    assert request_times(project, publisher, clock, [MINUTE]) == ["Mon 00:01"]
    assert project.aggregate("sources", "--json").json[0]["state"] == "ok"
