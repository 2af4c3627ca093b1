"""When a delivery that failed is tried again, and when that ends. Pure.

Source: RFC 5321 4.5.4.1 (a client should not give up before four to five days).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.store import StoredDelivery

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (0, 5, 15, 60, 240))
"""Time to the next attempt after the first failure, which is the next run, the second, and so on."""
GIVE_UP = timedelta(days=5)
MUTED_ATTEMPTS = 1
"""Failed attempts that a run without a terminal does not report: the next run may succeed."""


def next_attempt(attempts: int, now: datetime) -> datetime:
    """Return the time of the next attempt. `attempts`: how many have failed."""
    return now + DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


def is_due(delivery: StoredDelivery, now: datetime, *, force: bool) -> bool:
    """Whether a pending delivery is to be tried. `force`: ignore the back-off, but not a Retry-After."""
    return delivery.held_until <= now and (force or delivery.next_try <= now)


def is_expired(delivery: StoredDelivery, now: datetime) -> bool:
    """Whether a delivery that failed is given up."""
    return now - delivery.made >= GIVE_UP
