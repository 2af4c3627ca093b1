"""Bounds the memory that responses take from their arrival until they have been processed."""

from __future__ import annotations

import asyncio
from collections import deque

MAX_UNPROCESSED = 64 << 20
"""Bytes of responses that have arrived and are not processed yet: more would only fill the memory."""
LARGE_BODY = 1 << 20
"""Bytes from which on a body is decoded outside the event loop, and parsed in the worker process."""
_MIN_COST = MAX_UNPROCESSED // 100
"""Counted for a small response, whose articles also take memory."""


def memory_cost(body: bytes) -> int:
    """Return how much of the budget a response takes: none if it is empty, as is that of an unchanged source."""
    return min(max(len(body), _MIN_COST), MAX_UNPROCESSED) if body else 0


class MemoryBudget:
    """A semaphore of `MAX_UNPROCESSED` bytes. Who waits first is served first, so that a large response is, too."""

    def __init__(self) -> None:
        self._free = MAX_UNPROCESSED
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def acquire(self, cost: int) -> None:
        """Wait until so many bytes are free, and take them."""
        if not cost or (not self._waiting and cost <= self._free):
            self._free -= cost
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((cost, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(cost)
            raise

    def release(self, cost: int) -> None:
        """Return so many bytes."""
        self._free += cost
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= self._free):
            cost, turn = self._waiting.popleft()
            if not turn.done():
                self._free -= cost
                turn.set_result(None)
