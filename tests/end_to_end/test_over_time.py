"""When a real publisher is asked, over runs of hours, days and years: told by the requests that it received."""

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


def asked(project: Project, publisher: Publisher, clock: Traveller, times: Any, *arguments: str) -> list[str]:
    """Run at each of these times after the start; when the publisher was asked for something."""
    found = []
    for time in times:
        clock.move_to(START + time)
        before = len(publisher.requests)
        project.run(*arguments)
        found += [f"{START + time:%a %H:%M}"] * (len(publisher.requests) - before)
    return found


def each(step: timedelta, until: timedelta) -> list[timedelta]:
    return [step * n for n in range(until // step)]


def dated(time: datetime, number: int) -> dict[str, str]:
    return item(number) | {"pubDate": format_datetime(time)}


def failing(status: int, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"body": b"no", "status": status, "headers": headers or {}}


def test_every_is_exact_and_a_timer_may_come_a_little_early(
    project: Project, publisher: Publisher, clock: Traveller
) -> None:
    publisher.serve("/a.xml", rss([item(1)]), headers={"Cache-Control": "max-age=86400"})
    configure(project, publisher, "/a.xml", more='every = "30m"')
    assert asked(project, publisher, clock, each(10 * MINUTE, 61 * MINUTE)) == ["Mon 00:00", "Mon 00:30"]
    early = [HOUR, HOUR + 29 * MINUTE + 20 * SECOND, HOUR + 58 * MINUTE]
    assert asked(project, publisher, clock, early) == ["Mon 01:00", "Mon 01:29"]


@pytest.mark.slow
def test_office_hours_are_learned(project: Project, publisher: Publisher, clock: Traveller) -> None:
    def feed(exchange: Exchange) -> None:
        """Four articles each working day of the last six weeks, as far as it has come."""
        times = [START + DAY * day + HOUR * hour for day in range(-42, 7) for hour in (9, 11, 14, 16)]
        shown = [time for time in times if time.weekday() < 5 and time <= datetime.now(UTC)]
        exchange.answer(200, rss([dated(time, int(time.timestamp()) // 3600) for time in shown[-60:]]))

    publisher.handle("/a.xml", feed)
    configure(project, publisher, "/a.xml")
    found = asked(project, publisher, clock, each(HOUR, 7 * DAY))
    working = [time for time in found if time[:3] not in ("Sat", "Sun") and "08:00" <= time[4:] <= "18:00"]
    nights = [time for time in found if time not in working]
    assert 15 <= len(working) <= 40
    assert len(nights) <= 5
    assert sum(time[:3] in ("Sat", "Sun") for time in found) <= 2


@pytest.mark.slow
def test_only_what_is_due_is_asked(project: Project, publisher: Publisher, clock: Traveller) -> None:
    def busy(exchange: Exchange) -> None:
        latest = int((datetime.now(UTC) - START) / MINUTE) // 10
        times = {n: START + 10 * MINUTE * n for n in range(latest - 20, latest)}
        exchange.answer(200, rss([dated(time, 1000 + n) for n, time in times.items()]))

    publisher.handle("/busy.xml", busy)
    publisher.serve("/idle.xml", rss([dated(START - 30 * DAY * n, 100 + n) for n in range(9)], title="Idle"))
    configure(project, publisher, "/busy.xml", "/idle.xml")
    asked(project, publisher, clock, each(30 * MINUTE, DAY + HOUR))
    paths = [request.path for request in publisher.requests]
    assert paths.count("/idle.xml") == 2
    assert paths.count("/busy.xml") == 50
    publisher.requests.clear()
    asked(project, publisher, clock, [DAY + HOUR, DAY + HOUR], "--force")
    assert len(publisher.requests) == 4, "who says --force twice means it"


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
def test_publishers_are_given_the_time_they_ask_for(
    project: Project,
    publisher: Publisher,
    clock: Traveller,
    headers: dict[str, str],
    channel: str,
    expected: int,
) -> None:
    body = rss([dated(START - 10 * MINUTE * n, n) for n in range(30)])
    head = b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    body = body.replace(b"<rss ", head).replace(b"<description>News<", channel.encode() + b"<description>News<", 1)
    publisher.serve("/a.xml", body, headers=headers | {"ETag": '"a"'})
    configure(project, publisher, "/a.xml")
    first, second, *_ = asked(project, publisher, clock, each(HOUR, 25 * HOUR))
    assert first == "Mon 00:00"
    assert second == f"{START + HOUR * expected:%a %H:%M}"


def test_what_a_feed_asks_for_holds_after_a_304(project: Project, publisher: Publisher, clock: Traveller) -> None:
    body = rss([dated(START - MINUTE * n, n) for n in range(30)]).replace(
        b"<description>", b"<ttl>180</ttl><description>"
    )
    publisher.serve("/a.xml", body, headers={"ETag": '"a"', "Cache-Control": "max-age=60"})
    configure(project, publisher, "/a.xml")
    found = asked(project, publisher, clock, each(HOUR, 10 * HOUR))
    assert found == ["Mon 00:00", "Mon 03:00", "Mon 06:00", "Mon 09:00"]
    assert [request.headers["If-None-Match"] for request in publisher.requests] == [None, *['"a"'] * 3]


@pytest.mark.parametrize("wait", ["7200", format_datetime(START + 2 * HOUR, usegmt=True)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_whatever_one_says(
    project: Project, publisher: Publisher, clock: Traveller, wait: str, status: int
) -> None:
    publisher.serve("/a.xml", **failing(status, {"Retry-After": wait}))
    configure(project, publisher, "/a.xml", more='every = "5m"\nname = "A"')
    assert asked(project, publisher, clock, [timedelta()]) == ["Mon 00:00"]
    soon = each(30 * MINUTE, 2 * HOUR)
    for arguments in ([], ["--force"], ["--source", "A"]):
        assert asked(project, publisher, clock, soon, *arguments) == []
    assert "until 2026-11-23 02:00 UTC (Retry-After)" in project.aggregate("run", "--source", "A").err
    assert asked(project, publisher, clock, [2 * HOUR]) == ["Mon 02:00"]


def test_an_absurd_retry_after_is_not_for_ever(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", **failing(503, {"Retry-After": "999999999"}))
    configure(project, publisher, "/a.xml")
    assert len(asked(project, publisher, clock, [timedelta(), 29 * DAY], "--force")) == 1
    assert len(asked(project, publisher, clock, [31 * DAY])) == 1


@pytest.mark.parametrize(("status", "minutes"), [(503, 10), (404, 120), (429, 60)])
def test_failures_back_off_by_their_kind(
    project: Project, publisher: Publisher, clock: Traveller, status: int, minutes: int
) -> None:
    publisher.serve("/a.xml", **failing(status))
    configure(project, publisher, "/a.xml")
    pause, now = minutes * MINUTE, timedelta()
    assert asked(project, publisher, clock, [now])
    for doubled in (1, 2, 4):
        assert not asked(project, publisher, clock, [now + pause * doubled * 0.9])
        now += pause * doubled * 1.15
        assert asked(project, publisher, clock, [now])
    publisher.serve("/a.xml", rss([dated(START + 4 * DAY - 20 * MINUTE * n, n) for n in range(30)]))
    assert len(asked(project, publisher, clock, [4 * DAY, 4 * DAY + 30 * MINUTE])) == 2, "as if nothing had been"


@pytest.mark.parametrize("ahead", [DAY, 3650 * DAY])
def test_a_clock_that_was_ahead_loses_nothing(
    project: Project, publisher: Publisher, clock: Traveller, ahead: timedelta
) -> None:
    publisher.serve("/a.xml", rss([dated(START - HOUR * n, n) for n in range(30)]))
    publisher.serve("/b.xml", **failing(503, {"Retry-After": "3600"}))
    publisher.serve("/c.xml", **failing(404))
    configure(project, publisher, "/a.xml", "/b.xml", "/c.xml")
    assert len(asked(project, publisher, clock, [ahead])) == 3
    found = asked(project, publisher, clock, [timedelta(), HOUR])
    assert [time for time in found if time == "Mon 00:00"] == ["Mon 00:00"] * (3 if ahead > 31 * DAY else 2)
    assert project.run("--force")["sources"]["skipped"] <= 1


def test_a_clock_that_is_set_back_a_little_asks_nothing_twice(
    project: Project, publisher: Publisher, clock: Traveller
) -> None:
    publisher.serve("/a.xml", rss([dated(START - MINUTE * n, n) for n in range(30)]))
    configure(project, publisher, "/a.xml")
    times = [timedelta(), -HOUR, -HOUR + 30 * SECOND, -MINUTE, 30 * SECOND]
    assert asked(project, publisher, clock, times) == ["Mon 00:00"]
    assert asked(project, publisher, clock, [15 * MINUTE]) == ["Mon 00:15"]


def test_a_clock_that_began_in_1970_does_no_harm(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/a.xml", rss([dated(START - HOUR * n, n) for n in range(30)]))
    configure(project, publisher, "/a.xml")
    boot = datetime(1970, 1, 1, 0, 5, tzinfo=UTC) - START
    found = asked(project, publisher, clock, [boot, boot + MINUTE, timedelta(), HOUR, 2 * HOUR, 3 * HOUR])
    assert found[:2] == ["Thu 00:05", "Mon 00:00"]
    assert len(found) > 2


def test_a_corrected_address_is_asked_at_once(project: Project, publisher: Publisher, clock: Traveller) -> None:
    publisher.serve("/right.xml", rss([item(1)]))
    configure(project, publisher, "/wrong.xml", more='name = "A"')
    asked(project, publisher, clock, [timedelta()])
    configure(project, publisher, "/right.xml", more='name = "A"')
    assert asked(project, publisher, clock, [MINUTE]) == ["Mon 00:01"]
    assert project.aggregate("sources", "--json").json[0]["state"] == "ok"
