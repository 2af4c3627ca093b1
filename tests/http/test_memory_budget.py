"""The memory of responses between arrival and store is bounded, and whoever waits for it gets it in turn."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator.http import memory_budget
from aggregator.http.memory_budget import MAX_UNPROCESSED, MemoryBudget, memory_cost


def test_a_response_costs_its_size_within_limits() -> None:
    assert memory_cost(b"") == 0
    assert memory_cost(b"x") == memory_cost(bytes(1000)) == MAX_UNPROCESSED // 100
    assert memory_cost(bytes(MAX_UNPROCESSED // 2)) == MAX_UNPROCESSED // 2
    assert memory_cost(bytes(MAX_UNPROCESSED * 2)) == MAX_UNPROCESSED


@given(st.lists(st.integers(1, MAX_UNPROCESSED), max_size=30))
def test_the_budget_is_never_exceeded_and_everyone_gets_a_turn(costs: list[int]) -> None:
    held: list[int] = []

    async def use(budget: MemoryBudget, cost: int) -> None:
        await budget.acquire(cost)
        held.append(cost)
        assert sum(held) <= MAX_UNPROCESSED
        await asyncio.sleep(0)
        held.remove(cost)
        budget.release(cost)

    async def body() -> None:
        budget = MemoryBudget()
        await asyncio.gather(*(use(budget, cost) for cost in costs))
        await asyncio.wait_for(budget.acquire(MAX_UNPROCESSED), 5)  # all of it has been returned

    asyncio.run(body())


def test_who_gives_up_waiting_takes_nothing() -> None:
    async def body() -> None:
        budget = MemoryBudget()
        await budget.acquire(MAX_UNPROCESSED)
        waiting = [asyncio.create_task(budget.acquire(MAX_UNPROCESSED)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        budget.release(MAX_UNPROCESSED)
        waiting[1].cancel()  # it has got its turn, but does not know yet
        await asyncio.wait_for(waiting[2], 5)

    asyncio.run(body())


@pytest.mark.parametrize("compressed", [False, True])
def test_more_large_feeds_than_may_arrive_at_once_are_all_read(
    project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch, compressed: bool
) -> None:
    monkeypatch.setattr(memory_budget, "MAX_UNPROCESSED", 3 << 20)
    urls = [publisher.url(f"/{number}") for number in range(8)]
    for number in range(8):
        body = rss([{**item(number), "description": f"{number} word " * 150_000}])
        headers = {"Content-Encoding": "gzip"} if compressed else {}
        publisher.serve(f"/{number}", gzip.compress(body) if compressed else body, headers=headers)
    project.configure(
        "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls)
        + '[http]\nper_host = 8\nallow_private = ["127.0.0.0/8"]\n'
    )
    report = project.run()
    assert report["errors"] == []
    assert report["articles"]["new"] == 8
