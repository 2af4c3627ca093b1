"""Coalescing of identical requests."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.errors import FetchError
from aggregator.http.coalesce import SharedAddresses, SingleFlight
from aggregator.http.response import Validators


class Calls:
    """Counts its calls, and finishes them when `finish` is set."""

    def __init__(self, *results: str | Exception) -> None:
        self.results = list(results)
        self.count = 0
        self.cancelled = 0
        self.finish = asyncio.Event()

    async def __call__(self) -> str:
        self.count += 1
        try:
            await self.finish.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def test_simultaneous_and_later_callers_get_the_result_of_one_call() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](), Calls("a", "b")
        callers = [asyncio.create_task(flight.call("key", calls)) for _ in range(3)]
        other = asyncio.create_task(flight.call("another key", calls))
        await asyncio.sleep(0)
        calls.finish.set()
        assert await asyncio.gather(*callers, other) == ["a", "a", "a", "b"]
        assert await flight.call("key", calls) == "a"
        assert calls.count == 2

    asyncio.run(body())


def test_all_callers_get_the_exception() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](), Calls(FetchError("no", url="u", kind="dns"))
        calls.finish.set()
        for _ in range(2):
            with pytest.raises(FetchError, match="no"):
                await flight.call("key", calls)
        assert calls.count == 1

    asyncio.run(body())


def test_a_cancelled_caller_does_not_cancel_the_call() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](), Calls("a")
        first, second = (asyncio.create_task(flight.call("key", calls)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        calls.finish.set()
        assert await second == "a"
        assert calls.cancelled == 0

    asyncio.run(body())


def test_close_cancels_calls_in_progress() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](), Calls("a")
        caller = asyncio.create_task(flight.call("key", calls))
        await asyncio.sleep(0.001)
        flight.close()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert calls.cancelled == 1

    asyncio.run(body())


def test_the_oldest_results_are_dropped_beyond_the_maximum_size() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](5, len), Calls("aaa", "bb", "c", "dd")
        calls.finish.set()
        for key in ("a", "b", "c", "b"):
            await flight.call(key, calls)
            await asyncio.sleep(0)
        assert calls.count == 3
        assert await flight.call("a", calls) == "dd"

    asyncio.run(body())


def test_only_addresses_of_several_sources_are_shared() -> None:
    known = Validators(etag='"1"')
    addresses = SharedAddresses(
        [
            ("https://a.example/", known),
            ("https://A.example:443/#top", known),
            ("https://b.example/", known),
            ("https://c.example/", known),
            ("https://c.example/", Validators()),
        ]
    )
    same, different = addresses.find("https://a.example/#x"), addresses.find("https://c.example/")
    assert (same and same.validators, different and different.validators) == (known, Validators())
    assert addresses.find("https://b.example/") is None


def test_a_result_that_is_forgotten_is_produced_anew() -> None:
    async def body() -> None:
        flight, calls = SingleFlight[str, str](9, len), Calls("a", "b", FetchError("no", url="u", kind="dns"))
        calls.finish.set()
        assert flight.result("key") is None
        assert await flight.call("key", calls) == "a"
        assert flight.result("key") == "a"
        flight.forget("key")
        assert flight.result("key") is None
        assert await flight.call("key", calls) == "b"
        flight.forget("unknown key")
        with pytest.raises(FetchError):
            await flight.call("other key", calls)
        assert flight.result("other key") is None

    asyncio.run(body())
