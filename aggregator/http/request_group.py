"""What the requests for one list of sources share, and those of other lists that the same client serves do not."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from aggregator.http.coalesce import SharedAddresses
from aggregator.http.connectivity import Connectivity
from aggregator.http.origins import host_port
from aggregator.http.response import Validators
from aggregator.text.urls import absolute


class RequestGroup:
    """The requests for one list of sources. `sources`: the address of each, and its validators.

    `shared_addresses`: an address that several of the sources have is requested once; `connectivity`: whether the
    network was down while these requests were sent; `started`: by the monotonic clock: what was learned about hosts
    before may be out of date.
    """

    def __init__(self, sources: Iterable[tuple[str | None, Validators]], connectivity: Connectivity) -> None:
        addresses = [(target, validators) for url, validators in sources if url and (target := absolute(url))]
        self.shared_addresses = SharedAddresses(addresses)
        self.connectivity = connectivity
        self.started = time.monotonic()
        self._expected_requests = Counter(host_port(url) for url, _ in addresses)

    def count_main_request(self, server: str) -> bool:
        """Count a main request to a server. Returns whether it is the last one that was expected."""
        self._expected_requests[server] -= 1
        return self._expected_requests[server] <= 0

    def close(self) -> None:
        """Drop the shared responses, and cancel the requests for them that are in progress."""
        self.shared_addresses.close()
