"""How long the robots.txt of a host is in effect, and how many are kept."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from aggregator.errors import FetchError
from aggregator.http import failures
from aggregator.http.response import Response
from aggregator.http.robots import LIFETIME, MAX_KEPT, REFUSAL_LIFETIME, Robots

PAGE, OTHER = "https://a.example/page", "https://a.example/other"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Hosts:
    """Answers requests for robots.txt with `body`, or with `error`. `requests`: how many, by address."""

    def __init__(self, body: str = "User-agent: *\nDisallow: /other") -> None:
        self.body = body
        self.error: FetchError | None = None
        self.requests: Counter[str] = Counter()

    async def __call__(self, url: str) -> Response:
        self.requests[url] += 1
        if self.error:
            raise self.error
        return Response(status=200, url=url, headers={}, body=self.body.encode())


async def is_allowed(robots: Robots, url: str, hosts: Hosts, since: float) -> bool:
    try:
        await robots.wait_for_permission(url, hosts, since)
    except FetchError as error:
        assert error.kind == "robots"
        return False
    return True


@pytest.mark.parametrize(("error", "lifetime"), [(None, LIFETIME), ("unreachable", REFUSAL_LIFETIME)])
def test_a_file_is_read_again_for_a_list_that_begins_later(error: str | None, lifetime: float) -> None:
    async def body() -> None:
        clock, hosts = Clock(), Hosts()
        robots = Robots(clock)
        hosts.error = FetchError("no", url=PAGE, kind=error) if error else None
        for seconds, requests in ((0, 1), (lifetime - 1, 1), (1, 2)):
            clock.now += seconds
            assert await is_allowed(robots, PAGE, hosts, since=clock.now) is (error is None)
            assert hosts.requests.total() == requests

    asyncio.run(body())


def test_what_changed_is_in_effect_after_the_expiry() -> None:
    async def body() -> list[bool]:
        clock, hosts = Clock(), Hosts()
        robots = Robots(clock)
        allowed = [await is_allowed(robots, url, hosts, clock.now) for url in (PAGE, OTHER)]
        hosts.body = "User-agent: *\nDisallow: /page"
        clock.now += LIFETIME
        urls = [PAGE, OTHER, PAGE]
        allowed += await asyncio.gather(*(is_allowed(robots, url, hosts, clock.now) for url in urls))
        assert hosts.requests.total() == 2
        return allowed

    assert asyncio.run(body()) == [True, False, False, True, False]


def test_one_list_reads_a_file_once_however_long_it_takes() -> None:
    async def body() -> int:
        clock, hosts = Clock(), Hosts()
        robots, began = Robots(clock), clock.now
        for _ in range(3):
            await is_allowed(robots, PAGE, hosts, began)
            clock.now += 2 * LIFETIME
        return hosts.requests.total()

    assert asyncio.run(body()) == 1


def test_a_postponed_file_is_no_refusal_and_requested_again() -> None:
    async def body() -> int:
        hosts = Hosts()
        robots = Robots(Clock())
        hosts.error = failures.postponed(PAGE, "busy")
        for _ in range(2):
            with pytest.raises(FetchError) as caught:
                await robots.wait_for_permission(PAGE, hosts, 0)
            assert caught.value.kind == "postponed"
        hosts.error = None
        assert await is_allowed(robots, PAGE, hosts, 0)
        return hosts.requests.total()

    assert asyncio.run(body()) == 3


def test_the_oldest_files_are_dropped_when_there_are_many() -> None:
    length = 100_000

    async def body() -> list[int]:
        clock, hosts = Clock(), Hosts("#" * length)
        robots = Robots(clock)
        urls = [f"https://host{number}.example/" for number in range(2 * MAX_KEPT // length)]
        for url in (*urls, urls[0], urls[-1]):
            await is_allowed(robots, url, hosts, clock.now)
        return [hosts.requests[f"{url}robots.txt"] for url in (urls[0], urls[-1])]

    assert asyncio.run(body()) == [2, 1]
