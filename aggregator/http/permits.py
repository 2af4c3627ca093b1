"""The permission to send requests to a host, where several processes share the limits of `[http]`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aggregator.http.retry_after import RetryAfterRules

StillPermitted = Callable[[], None]
"""Called right before a request is written: raises AggregateError if its permit has ended while it was connecting."""


class HostPermits(Protocol):
    """Permits requests to hosts that other processes may send requests to as well.

    Without it, as in a run that has its store for itself, requests are sent at once.
    """

    def permit(self, url: str) -> AbstractAsyncContextManager[StillPermitted | None]:
        """Return a context that is entered before a connection for a request is made, and left when its response has
        arrived and its Retry-After is among the rules. Its value is called once more when the connection is there.
        `url`: of the request; "tcp://host:port" of another protocol than HTTP.

        Entering it may wait; the request occupies a slot of `per_host` and `concurrency` meanwhile, so the wait must
        be limited. It raises AggregateError if the request must not be sent now: the source is then collected later.
        """


OpenPermits = Callable[[RetryAfterRules], AbstractAsyncContextManager[HostPermits]]
"""Opens permits for a client with these rules, which they keep in step with those of other processes."""
