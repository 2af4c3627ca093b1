"""Timeouts of requests, and when they release their slots."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.http.limiter import (
    DEFAULT_RELEASE_DELAY,
    MAX_HOSTS,
    MIN_RELEASE_DELAY,
    ConcurrencyLimiter,
    Slot,
    Timeouts,
)

TWENTY_SECONDS = Timeouts.from_total(20)


def test_all_timeouts_derive_from_the_total() -> None:
    assert Timeouts(connect=10, response=20, read=10, total=20) == TWENTY_SECONDS


@pytest.mark.parametrize(
    ("typical", "delay"), [(None, DEFAULT_RELEASE_DELAY), (0.0, MIN_RELEASE_DELAY), (0.2, 2.0), (3.0, 5.0)]
)
def test_the_release_delay_depends_on_the_typical_response_time(typical: float | None, delay: float) -> None:
    assert TWENTY_SECONDS.release_delay(typical) == delay
    assert Timeouts.from_total(0.2).release_delay(typical) == 0.05


@pytest.mark.parametrize(("typical", "seconds"), [(None, 5), (0.1, 5), (1, 10), (6, 20)])
def test_after_a_timeout_the_host_gets_a_shorter_one(typical: float | None, seconds: float) -> None:
    assert TWENTY_SECONDS.reduced_response(typical) == seconds


async def request(limiter: ConcurrencyLimiter, host: str, responded: asyncio.Event, log: list[str], name: str) -> Slot:
    """Simulate a request whose response arrives when the event is set."""
    slot = limiter.slot(host)
    await slot.acquire()
    try:
        async with slot:
            log.append(name)
            await responded.wait()
            slot.data_received()
    except TimeoutError:
        log.append(f"{name}: {slot.timeout_reason}")
    finally:
        slot.release()
    return slot


def test_the_number_of_slots_that_are_released_early_is_limited() -> None:
    """However many requests stall, at most twice `concurrency` connections are open."""

    async def body() -> list[str]:
        limiter, never, log = ConcurrencyLimiter(2, 1, Timeouts.from_total(0.4)), asyncio.Event(), list[str]()
        tasks = [asyncio.create_task(request(limiter, str(number), never, log, str(number))) for number in range(9)]
        await asyncio.sleep(0.3)
        started = list(log)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert limiter.releasable == 2
        return started

    assert len(asyncio.run(body())) == 4


def test_slots_are_released_after_every_outcome() -> None:
    async def body() -> None:
        limiter, log = ConcurrencyLimiter(1, 1, Timeouts.from_total(0.2)), list[str]()
        never, immediately = asyncio.Event(), asyncio.Event()
        immediately.set()
        first = asyncio.create_task(request(limiter, "a", never, log, "cancelled"))
        queued = asyncio.create_task(request(limiter, "a", never, log, "never sent"))
        await asyncio.sleep(0)
        queued.cancel()
        first.cancel()
        await asyncio.gather(first, queued, return_exceptions=True)
        await asyncio.gather(*(request(limiter, "a", immediately, log, "answered") for _ in range(3)))
        await request(limiter, "a", never, log, "silent")
        assert log == ["cancelled", *["answered"] * 3, "silent", "silent: no response within 0.2 s"]
        assert limiter.semaphore.locked() is False

    asyncio.run(body())


def test_a_host_that_responds_to_others_is_not_unresponsive() -> None:
    async def body() -> tuple[bool, bool]:
        limiter, log = ConcurrencyLimiter(9, 9, Timeouts.from_total(0.2)), list[str]()
        never = asyncio.Event()
        stalled = asyncio.create_task(request(limiter, "a", never, log, "stalled"))
        await asyncio.sleep(0.1)
        immediately = asyncio.Event()
        immediately.set()
        await request(limiter, "a", immediately, log, "answered")
        await stalled
        first = limiter.slot("a").host_is_unresponsive
        await asyncio.gather(*(request(limiter, "b", never, log, "stalled") for _ in range(2)))
        return first, limiter.slot("b").host_is_unresponsive

    assert asyncio.run(body()) == (False, True)


def test_few_of_many_hosts_are_remembered_and_all_with_a_request_in_progress() -> None:
    async def body() -> None:
        limiter, responded, log = ConcurrencyLimiter(20, 1, TWENTY_SECONDS), asyncio.Event(), list[str]()
        busy = [asyncio.create_task(request(limiter, f"busy{n}", responded, log, f"busy{n}")) for n in range(9)]
        queued = asyncio.create_task(request(limiter, "busy0", responded, log, "queued"))
        await asyncio.sleep(0)
        answered = asyncio.Event()
        answered.set()
        for number in range(10_000):
            await request(limiter, f"host{number}", answered, [], "")
        assert limiter.size <= MAX_HOSTS
        later = asyncio.create_task(request(limiter, "busy0", responded, log, "later"))
        await asyncio.sleep(0)
        assert log == [f"busy{n}" for n in range(9)]
        responded.set()
        await asyncio.gather(*busy, queued, later)
        assert log[9:] == ["queued", "later"]

    asyncio.run(body())


def test_hosts_whose_requests_wait_are_forgotten_once_these_have_ended() -> None:
    async def body() -> int:
        limiter, never = ConcurrencyLimiter(1, 1, TWENTY_SECONDS), asyncio.Event()
        hosts = range(3 * MAX_HOSTS)
        tasks = [asyncio.create_task(request(limiter, str(host), never, [], "")) for host in hosts]
        await asyncio.sleep(0)
        size = limiter.size
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for host in range(4 * MAX_HOSTS):
            limiter.slot(f"other{host}")
        assert limiter.size <= 4 * MAX_HOSTS
        return size

    assert asyncio.run(body()) == 3 * MAX_HOSTS
