"""Decides from the failures of worker processes whether another one is started, and how long its calls may take."""

from __future__ import annotations

import math
from collections import deque

MAX_STARTS = 20
"""Number of workers started in a `PERIOD` at most: a new one replaces one that hung or died."""
FIRST_LIMIT, LAST_LIMIT = 1 / 4, 1 / 32
"""Share of the timeout that a call may take in the worker; it is halved each time that one has hung, so that a hundred
that hang do not add up to hours."""
PERIOD = 3600
"""Seconds after which a worker that hung or died is forgotten: a process that lasts meets them again and again."""
START_AGAIN = 600
"""Seconds after which a worker is started again, though the last one did not even start."""


class WorkerHistory:
    """The failures of the workers that followed each other. Times are those of one clock, in seconds."""

    def __init__(self) -> None:
        self._failures: deque[float] = deque()
        self._hangs: deque[float] = deque()
        self._not_started_at = -math.inf

    def may_start(self, now: float) -> bool:
        """Whether another worker may be started."""
        return _count_recent(self._failures, now) < MAX_STARTS and now >= self._not_started_at + START_AGAIN

    def limit_share(self, now: float) -> float:
        """Return the share of the timeout that a call may take."""
        share: float = FIRST_LIMIT / 2 ** _count_recent(self._hangs, now)
        return max(share, LAST_LIMIT)

    def add_failure(self, now: float, *, started: bool) -> None:
        """Add a worker that was ended or died. `started`: it had been ready for calls."""
        self._failures.append(now)
        if not started:
            self._not_started_at = now

    def add_hang(self, now: float) -> None:
        """Add a call that took too long."""
        self._hangs.append(now)


def _count_recent(times: deque[float], now: float) -> int:
    """Drop the times that are longer ago than a `PERIOD`, and return how many remain."""
    while times and times[0] + PERIOD <= now:
        times.popleft()
    return len(times)
