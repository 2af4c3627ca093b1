"""Is there a network? Told from how requests end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from aggregator.errors import FetchError
from aggregator.http.connectivity import DOUBTFUL, Network


def fails(kind: str) -> FetchError:
    return FetchError(f"it failed: {kind}", url="https://a.example/", kind=kind)


async def ends(error: FetchError | None, after: asyncio.Event | None = None) -> str:
    if after:
        await after.wait()
    if error:
        raise error
    return "answer"


async def judge(network: Network, host: str, request: Coroutine[Any, Any, str]) -> str | None:
    """How it ended: the kind of failure, or None."""
    try:
        await network.judge(f"https://{host}/", host, request)
    except FetchError as error:
        return error.kind
    return None


@pytest.mark.parametrize(
    ("ends_of", "down"),
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
def test_it_is_down_when_no_host_is_found(ends_of: dict[str, str | None], down: bool) -> None:
    async def body() -> Network:
        network = Network()
        for host, kind in ends_of.items():
            await judge(network, host, ends(fails(kind) if kind else None))
        return network

    assert asyncio.run(body()).is_down is down


def test_the_same_host_twice_is_one() -> None:
    async def body() -> bool:
        network = Network()
        for _ in range(3):
            await judge(network, "a", ends(fails("dns")))
        return network.is_down

    assert not asyncio.run(body())


def test_in_doubt_others_wait_and_are_not_asked_where_there_is_none() -> None:
    async def body(last: FetchError | None) -> tuple[list[str | None], list[bool]]:
        network, known = Network(), asyncio.Event()
        slow = asyncio.create_task(judge(network, "slow", ends(last, known)))
        await asyncio.sleep(0)
        for number in range(DOUBTFUL):
            await judge(network, str(number), ends(fails("dns")))
        waiting = [asyncio.create_task(judge(network, f"w{number}", ends(None))) for number in range(3)]
        await asyncio.sleep(0.01)
        before = [task.done() for task in waiting]
        known.set()
        await slow
        return [await task for task in waiting], before

    assert asyncio.run(body(None)) == ([None] * 3, [False] * 3)
    assert asyncio.run(body(fails("dns"))) == (["offline"] * 3, [False] * 3)
