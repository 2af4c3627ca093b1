"""The permission to send requests to a host, where several processes share the limits of `[http]`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aggregator.http.retry_after import RetryAfterRules


class HostPermits(Protocol):
    """Permits requests to hosts that other processes may send requests to as well.

    Without it, as in a run that has its store for itself, requests are sent at once.
    """

    def permit(self, url: str) -> AbstractAsyncContextManager[object]:
        """Return a context that is entered right before a request is sent, and left when its response has arrived and
        its Retry-After is among the rules. `url`: of the request; "tcp://host:port" of another protocol than HTTP.

        Entering it may wait; the request occupies a slot of `per_host` and `concurrency` meanwhile, so the wait must
        be limited. It raises AggregateError if the request must not be sent now: the source is then collected later.
        """


OpenPermits = Callable[[RetryAfterRules], AbstractAsyncContextManager[HostPermits]]
"""Opens permits for a client with these rules, which they keep in step with those of other processes."""
