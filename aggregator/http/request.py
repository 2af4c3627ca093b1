"""The request value that the layers of the client pass on: from `SourceHttp` to `Client` to `Transport`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

MAX_REDIRECTS = 10


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A GET request.

    `is_main`: it is the main request of a source; `is_page`: the robots.txt of the host applies; `truncate_at`: bytes
    after which the rest of the body is discarded without an error, None for `max_bytes` and an error.
    """

    url: str
    headers: Mapping[str, str] = {}
    is_main: bool = False
    is_page: bool = False
    max_redirects: int = MAX_REDIRECTS
    truncate_at: int | None = None

    def has_header(self, name: str) -> bool:
        """Return whether the request has a header of this name, in any case."""
        return any(header.lower() == name for header in self.headers)
