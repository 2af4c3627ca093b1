"""Whose turn it is: so many requests at once, few of them at one host, and none that waits for silence to end.

A request that hears nothing for much longer than its host usually takes gives its turn to the next, and goes on
waiting: so what stalls holds up nobody. Requests that a host leaves without an answer share their fate: once one has
waited for the whole time-out, the others wait no more than a fraction of it, and where the host has answered nobody in
the meantime, nothing more is asked of it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Self

import msgspec

UNKNOWN_PATIENCE = 1.0
"""Seconds of silence before the first turn at a host is given away: nothing is known of it."""
LEAST_PATIENCE = 0.1
TIMES_AS_USUAL = 10
"""How much longer than usual is much longer."""
TICK = 0.02
"""Seconds between two looks at a request, at least."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds that a request may take. `answer`: until its first byte; `pause`: between two pieces of it."""

    connect: float
    answer: float
    pause: float
    whole: float

    @classmethod
    def of(cls, timeout: float) -> Limits:
        """All derived from one time-out."""
        return cls(connect=timeout / 2, answer=timeout, pause=timeout / 2, whole=timeout)

    def patience(self, usual: float | None) -> float:
        """How long a request is silent before it gives its turn away. `usual`: what its host takes to answer."""
        wanted = UNKNOWN_PATIENCE if usual is None else max(TIMES_AS_USUAL * usual, LEAST_PATIENCE)
        return min(wanted, self.whole / 4)

    def answer_after_silence(self, usual: float | None) -> float:
        """How long an answer may take at a host that has left another request without one."""
        return min(max(TIMES_AS_USUAL * (usual or 0), self.answer / 4), self.answer)


class _Host:
    """What a run knows of one host.

    `usual`: seconds it takes to answer; `answer_within`: seconds that it is given; `silent`: requests it has not
    answered yet; `silent_since`: when it last said anything while some waited; `mute`: it has stopped answering.
    """

    __slots__ = ("answer_within", "mute", "silent", "silent_since", "slots", "usual")

    def __init__(self, per_host: int, limits: Limits) -> None:
        self.slots = asyncio.Semaphore(per_host)
        self.usual: float | None = None
        self.answer_within = limits.answer
        self.silent: set[Turn] = set()
        self.silent_since = 0.0
        self.mute = False

    def is_asked(self, turn: Turn, now: float) -> None:
        """Another request is on its way."""
        if not self.silent:
            self.silent_since = now
        self.silent.add(turn)

    def answers(self, turn: Turn, now: float, seconds: float) -> None:
        """Learn what is usual. Slow answers count for less: our own machine may have been busy."""
        self.silent.discard(turn)
        if self.usual is None:
            self.usual = seconds
        else:
            self.usual += (seconds - self.usual) * (0.3 if seconds < self.usual else 0.03)
        self.lives(now)

    def lives(self, now: float) -> None:
        """It said something."""
        self.silent_since = now
        self.mute = False


class Turns:
    """The turns of one run. `concurrency`: requests at once; `per_host`: of these, to one host."""

    def __init__(self, concurrency: int, per_host: int, limits: Limits) -> None:
        self.limits = limits
        self.slots = asyncio.Semaphore(concurrency)
        self.lent = concurrency
        """How many more silent requests may wait beside those that have a turn: each keeps a connection."""
        self._hosts: defaultdict[str, _Host] = defaultdict(lambda: _Host(per_host, limits))

    def turn(self, host: str) -> Turn:
        """A turn at this host: to be taken, used, and left."""
        return Turn(self, self._hosts[host])


class Turn:
    """One request's turn. While it is entered (`async with`) its silence is watched, and ended with a TimeoutError.

    `verdict`: why it was ended, in words, if it was.
    """

    def __init__(self, turns: Turns, host: _Host) -> None:
        self._turns = turns
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._given_away = False
        self._heard: float | None = None
        self.verdict = ""

    @property
    def is_hopeless(self) -> bool:
        """Whether its host has stopped answering."""
        return self._host.mute

    async def take(self) -> None:
        """Wait for a turn: first at the host, then among all."""
        await self._host.slots.acquire()
        try:
            await self._turns.slots.acquire()
        except BaseException:
            self._host.slots.release()
            raise

    async def __aenter__(self) -> Self:
        self._sent = self._loop.time()
        self._host.is_asked(self, self._sent)
        self._end = asyncio.timeout(None)
        await self._end.__aenter__()
        self._check: asyncio.Handle = self._loop.call_at(self._next_check(), self.look_soon)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._check.cancel()
        self._host.silent.discard(self)
        await self._end.__aexit__(kind, error, traceback)

    def leave(self) -> None:
        """Let the next one go: what was taken must be left."""
        if self._given_away:
            self._turns.lent += 1
        else:
            self._turns.slots.release()
            self._host.slots.release()

    def hears(self) -> None:
        """Note a sign of life: the beginning of an answer, or more of it."""
        now = self._loop.time()
        if self._heard is None:
            self._host.answers(self, now, now - self._sent)
        else:
            self._host.lives(now)
        self._heard = now

    def finds_no_way(self) -> None:
        """Note that no connection came about within its time."""
        self._host.mute = self._loop.time() >= self._host.silent_since + self._turns.limits.connect

    def look_soon(self) -> None:
        """Judge how long it has waited, when what arrived while the loop was busy has been delivered."""
        self._check = self._loop.call_soon(self._look)

    def _next_check(self) -> float:
        limits, host = self._turns.limits, self._host
        if self._heard is not None:
            return min(self._heard + limits.pause, self._sent + limits.whole)
        end = self._sent + host.answer_within
        return end if self._given_away else min(end, self._sent + limits.patience(host.usual))

    def _look(self) -> None:
        now, limits, host = self._loop.time(), self._turns.limits, self._host
        if self._heard is None and now >= self._sent + host.answer_within:
            return self._ends_silent(now)
        if self._heard is not None and now >= self._sent + limits.whole:
            return self._ends(f"no whole answer within {limits.whole:g} s")
        if self._heard is not None and now >= self._heard + limits.pause:
            return self._ends(f"its answer stood still for {limits.pause:g} s")
        if self._heard is None and not self._given_away and now >= self._sent + limits.patience(host.usual):
            self._give_away()
        self._check = self._loop.call_at(max(self._next_check(), now + TICK), self.look_soon)

    def _give_away(self) -> None:
        if self._turns.lent > 0:
            self.leave()
            self._turns.lent -= 1
            self._given_away = True

    def _ends_silent(self, now: float) -> None:
        """Nothing came: those at the same host that are silent as well need not wait as long."""
        limits, host = self._turns.limits, self._host
        host.silent.discard(self)
        self._ends(f"no answer within {limits.answer:g} s")
        if now < self._sent + limits.answer:
            self.verdict += ", as another request to its host"
        host.mute = now >= host.silent_since + limits.answer
        if host.answer_within == limits.answer:
            host.answer_within = limits.answer_after_silence(host.usual)
            for other in host.silent:
                other.hurry()

    def hurry(self) -> None:
        """Judge anew, since what counts as too long has changed."""
        self._check.cancel()
        self.look_soon()

    def _ends(self, verdict: str) -> None:
        self.verdict = verdict
        self._end.reschedule(self._loop.time())
