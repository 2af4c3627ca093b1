"""Detection of a missing network from the outcomes of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from aggregator.errors import FetchError
from aggregator.http.connectivity import MAX_HOSTS, RECENT, SUSPECT_AFTER, Connectivity, Reachability


def failure(kind: str) -> FetchError:
    return FetchError(f"failed: {kind}", url="https://a.example/", kind=kind)


async def request(error: FetchError | None, after: asyncio.Event | None = None) -> str:
    if after:
        await after.wait()
    if error:
        raise error
    return "response"


async def outcome(connectivity: Connectivity, host: str, request: Coroutine[Any, Any, str]) -> str | None:
    """Return the kind of failure, or None."""
    try:
        await connectivity.observe(f"https://{host}/", host, request)
    except FetchError as error:
        return error.kind
    return None


@pytest.mark.parametrize(
    ("outcomes", "down"),
    [
        ({"a": "dns", "b": "dns"}, True),
        ({"a": "dns", "b": "unreachable"}, True),
        ({"a": "dns"}, False),
        ({"a": "dns", "b": "dns", "c": None}, False),
        ({"a": "dns", "b": "dns", "c": "status"}, False),
        ({"a": "dns", "b": "dns", "c": "timeout"}, False),
        ({"a": "dns", "b": "dns", "c": "private"}, True),
        ({"a": "dns", "b": "dns", "c": "held", "d": "postponed"}, True),
        ({}, False),
    ],
)
def test_the_network_is_down_if_no_host_responds(outcomes: dict[str, str | None], down: bool) -> None:
    async def body() -> Connectivity:
        connectivity = Connectivity()
        for host, kind in outcomes.items():
            await outcome(connectivity, host, request(failure(kind) if kind else None))
        return connectivity

    assert asyncio.run(body()).is_down is down


def test_repeated_failures_of_a_host_count_once() -> None:
    async def body() -> bool:
        connectivity = Connectivity()
        for _ in range(3):
            await outcome(connectivity, "a", request(failure("dns")))
        return connectivity.is_down

    assert not asyncio.run(body())


def test_requests_wait_for_a_pending_one_and_are_not_sent_without_a_network() -> None:
    async def body(last: FetchError | None) -> tuple[list[str | None], list[bool]]:
        connectivity, responded = Connectivity(), asyncio.Event()
        slow = asyncio.create_task(outcome(connectivity, "slow", request(last, responded)))
        await asyncio.sleep(0)
        for number in range(SUSPECT_AFTER):
            await outcome(connectivity, str(number), request(failure("dns")))
        waiting = [asyncio.create_task(outcome(connectivity, f"w{number}", request(None))) for number in range(3)]
        await asyncio.sleep(0.01)
        before = [task.done() for task in waiting]
        responded.set()
        await slow
        return [await task for task in waiting], before

    assert asyncio.run(body(None)) == ([None] * 3, [False] * 3)
    assert asyncio.run(body(failure("dns"))) == (["offline"] * 3, [False] * 3)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def outcomes(connectivity: Connectivity, **hosts: str | None) -> Connectivity:
    """Observe a request to each host, with this kind of failure or none."""
    for host, kind in hosts.items():
        await outcome(connectivity, host, request(failure(kind) if kind else None))
    return connectivity


def test_a_later_list_finds_out_anew_whether_there_is_a_network() -> None:
    async def body() -> list[str | None]:
        reachability = Reachability()
        hosts = {str(number): "dns" for number in range(SUSPECT_AFTER)}
        offline = await outcomes(Connectivity(reachability), **hosts)
        assert await outcome(offline, "x", request(None)) == "offline"
        online = Connectivity(reachability)
        assert await outcome(online, "x", request(None)) is None
        assert (online.is_up, online.is_down) == (True, False)
        offline = await outcomes(Connectivity(reachability), a="dns", b="unreachable")
        assert offline.is_down
        return [await outcome(Connectivity(reachability), host, request(failure("dns"))) for host in ("a", "c")]

    assert asyncio.run(body()) == ["dns", "dns"]


def test_lists_at_the_same_time_learn_from_each_other() -> None:
    async def body() -> None:
        reachability = Reachability()
        one, other = Connectivity(reachability), Connectivity(reachability)
        await outcomes(one, a="dns")
        assert not one.is_down
        await outcomes(other, b="dns")
        assert (one.is_down, other.is_down) == (True, True)
        assert "none of 2 hosts" in str(other.error("https://b/"))
        await outcomes(one, c=None)
        assert (one.is_down, other.is_down) == (False, False)

    asyncio.run(body())


def test_the_failure_of_another_list_counts_for_a_while() -> None:
    async def body(seconds: float) -> bool:
        clock = Clock()
        reachability = Reachability(clock)
        await outcomes(Connectivity(reachability), a="dns")
        clock.now += seconds
        return (await outcomes(Connectivity(reachability), b="dns")).is_down

    assert (asyncio.run(body(RECENT)), asyncio.run(body(RECENT + 1))) == (True, False)


def test_hosts_that_fail_while_others_are_reached_are_to_blame() -> None:
    """Also if they are the only ones that are due the next time."""

    async def body() -> list[bool]:
        reachability = Reachability()
        down = [(await outcomes(Connectivity(reachability), a="dns", b="dns")).is_down]
        await outcomes(Connectivity(reachability), c=None)
        for _ in range(2):
            down.append((await outcomes(Connectivity(reachability), a="dns", b="dns")).is_down)
        return down

    assert asyncio.run(body()) == [True, False, False]


def test_few_of_many_hosts_are_remembered() -> None:
    async def body() -> int:
        reachability = Reachability()
        for number in range(10_000):
            await outcomes(Connectivity(reachability), **{f"host{number}": "dns"})
        return reachability.size

    assert asyncio.run(body()) == MAX_HOSTS
