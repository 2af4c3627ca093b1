"""How long requests may take, and when they let others go first."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.http.limiter import LEAST_PATIENCE, UNKNOWN_PATIENCE, Limits, Turn, Turns

TWENTY = Limits.of(20)


def test_all_limits_come_from_one_time_out() -> None:
    assert Limits(connect=10, answer=20, pause=10, whole=20) == TWENTY


@pytest.mark.parametrize(
    ("usual", "patience"), [(None, UNKNOWN_PATIENCE), (0.0, LEAST_PATIENCE), (0.2, 2.0), (3.0, 5.0)]
)
def test_patience_follows_what_is_usual(usual: float | None, patience: float) -> None:
    assert TWENTY.patience(usual) == patience
    assert Limits.of(0.2).patience(usual) == 0.05


@pytest.mark.parametrize(("usual", "seconds"), [(None, 5), (0.1, 5), (1, 10), (6, 20)])
def test_after_silence_a_host_has_less_time(usual: float | None, seconds: float) -> None:
    assert TWENTY.answer_after_silence(usual) == seconds


async def waits(turns: Turns, host: str, answered: asyncio.Event, log: list[str], name: str) -> Turn:
    """A request that is answered when the event says so."""
    turn = turns.turn(host)
    await turn.take()
    try:
        async with turn:
            log.append(name)
            await answered.wait()
            turn.hears()
    except TimeoutError:
        log.append(f"{name}: {turn.verdict}")
    finally:
        turn.leave()
    return turn


def test_the_silent_are_no_more_than_there_may_be_at_once() -> None:
    """However many stall, the connections stay within twice `concurrency`."""

    async def body() -> list[str]:
        turns, never, log = Turns(2, 1, Limits.of(0.4)), asyncio.Event(), list[str]()
        tasks = [asyncio.create_task(waits(turns, str(number), never, log, str(number))) for number in range(9)]
        await asyncio.sleep(0.3)
        started = list(log)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert turns.lent == 2
        return started

    assert len(asyncio.run(body())) == 4


def test_turns_are_given_back_whatever_happens() -> None:
    async def body() -> None:
        turns, log = Turns(1, 1, Limits.of(0.2)), list[str]()
        never, at_once = asyncio.Event(), asyncio.Event()
        at_once.set()
        first = asyncio.create_task(waits(turns, "a", never, log, "given up"))
        queued = asyncio.create_task(waits(turns, "a", never, log, "never begun"))
        await asyncio.sleep(0)
        queued.cancel()
        first.cancel()
        await asyncio.gather(first, queued, return_exceptions=True)
        await asyncio.gather(*(waits(turns, "a", at_once, log, "answered") for _ in range(3)))
        await waits(turns, "a", never, log, "silent")
        assert log == ["given up", *["answered"] * 3, "silent", "silent: no answer within 0.2 s"]
        assert turns.slots.locked() is False

    asyncio.run(body())


def test_a_host_that_answers_others_is_not_mute() -> None:
    async def body() -> tuple[bool, bool]:
        turns, log = Turns(9, 9, Limits.of(0.2)), list[str]()
        never = asyncio.Event()
        stalled = asyncio.create_task(waits(turns, "a", never, log, "stalled"))
        await asyncio.sleep(0.1)
        at_once = asyncio.Event()
        at_once.set()
        await waits(turns, "a", at_once, log, "answered")
        await stalled
        alive = turns.turn("a").is_hopeless
        await asyncio.gather(*(waits(turns, "b", never, log, "stalled") for _ in range(2)))
        return alive, turns.turn("b").is_hopeless

    assert asyncio.run(body()) == (False, True)
