"""The request value that the layers of the client pass on: from `SourceHttp` to `Client` to `Transport`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from aggregator.http.origins import basic_authorization
from aggregator.http.permits import StillPermitted

MAX_REDIRECTS = 10


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request: GET, unless it has a body.

    `method`, `body`: of a request that delivers something; `is_configured`: the host is named in the configuration, and
    may have a private address.
    `is_main`: it is the main request of a source; `is_page`: the robots.txt of the host applies; `truncate_at`: bytes
    after which the rest of the body is discarded without an error, None for `max_bytes` and an error;
    `still_permitted`: see `http/permits.py`.
    """

    url: str
    headers: Mapping[str, str] = {}
    method: str = "GET"
    body: bytes | None = None
    is_configured: bool = False
    is_main: bool = False
    is_page: bool = False
    max_redirects: int = MAX_REDIRECTS
    truncate_at: int | None = None
    still_permitted: StillPermitted | None = None

    def header(self, name: str) -> str | None:
        """Return the value of the header with this lower-case name, or None."""
        return next((value for header, value in self.headers.items() if header.lower() == name), None)

    def has_header(self, name: str) -> bool:
        """Return whether the request has a header with this lower-case name."""
        return self.header(name) is not None

    @property
    def is_authorized(self) -> bool:
        """Whether the request is sent with credentials."""
        return self.has_header("authorization") or basic_authorization(self.url) is not None
