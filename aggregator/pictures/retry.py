"""Decides when a picture that could not be copied is requested again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from aggregator.errors import FailureKind, FetchError
from aggregator.pictures.state import PictureState

FIRST = timedelta(hours=1)
"""Delay after the first temporary failure; each further one doubles it, up to `LONGEST`."""
LONGEST = timedelta(days=7)
"""Delay after a failure that the next request would meet again, such as HTTP 404."""
_TEMPORARY_STATUSES = frozenset({408, 425, 429})
_PERMANENT_KINDS = frozenset({FailureKind.SIZE, FailureKind.REDIRECTS})
_NOT_TRIED = frozenset({FailureKind.HELD, FailureKind.OFFLINE, FailureKind.POSTPONED})
"""Failures of requests that were not sent: the next run may send them."""


def was_tried(error: FetchError) -> bool:
    """Return whether a failed request says anything about the picture."""
    return error.kind not in _NOT_TRIED


def is_permanent(error: FetchError) -> bool:
    """Return whether the next request would most likely fail in the same way."""
    if error.status is not None:
        return 400 <= error.status < 500 and error.status not in _TEMPORARY_STATUSES
    return error.kind in _PERMANENT_KINDS


def failed(
    state: PictureState, error: str, now: datetime, *, permanent: bool, wait: float | None = None
) -> PictureState:
    """Return the state after one more failure. `wait`: seconds that the publisher asks clients to wait."""
    failures = state.failures + 1
    delay = LONGEST if permanent else min(FIRST * 2 ** min(failures - 1, 20), LONGEST)
    next_try = now + max(delay, timedelta(seconds=wait or 0))
    return msgspec.structs.replace(state, picture=None, failures=failures, next_try=next_try, error=error)
