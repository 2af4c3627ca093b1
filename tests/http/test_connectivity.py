"""Detection of a missing network from the outcomes of requests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from aggregator.errors import FetchError
from aggregator.http.connectivity import SUSPECT_AFTER, Connectivity


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
