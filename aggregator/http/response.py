"""HTTP responses, and the validators that make the next request conditional."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from aggregator.errors import FailureKind, FetchError
from aggregator.http.origins import display_url
from aggregator.text.charsets import decode_body

MAX_VALIDATOR_LENGTH = 4000
"""Characters of the longest validator that is kept: it is sent back with each request."""


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """The validators of a response, verbatim (RFC 9110 8.8): they make the next request conditional.

    `address`: digest of the URL, with its query, that they are for; b"" for the source's own URL, None for any.
    """

    etag: str | None = None
    last_modified: str | None = None
    address: bytes | None = None

    def of(self, address: bytes) -> Validators:
        """Return these validators if they are for this address, else none."""
        return self if self.address in (None, address) else Validators()

    def headers(self) -> dict[str, str]:
        """Return the headers of a conditional request (RFC 9110 13.1)."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value and _is_sendable(value)}

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Validators:
        """Return the validators of a response that can be sent back verbatim."""
        values = (headers.get("ETag"), headers.get("Last-Modified"))
        etag, last_modified = (value if value and _is_sendable(value) else None for value in values)
        return cls(etag=etag, last_modified=last_modified)


def _is_sendable(value: str) -> bool:
    """Whether the value stays one header with the same bytes: surrogates, which stand for invalid UTF-8, do not."""
    return value.isprintable() and len(value) <= MAX_VALIDATOR_LENGTH


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP response.

    `status`: 200 to 299, any other raises FetchError; `url`: after redirects; `headers`: case-insensitive; `body`: as
    received, uncompressed; `complete`: False if the connection broke before the end of the body.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    complete: bool = True

    @property
    def text(self) -> str:
        """The body as text: in the charset of its header, else UTF-8; what cannot be decoded is replaced."""
        return decode_body(self.body, self.headers.get("Content-Type", ""))

    def json(self) -> Any:
        """Parse the body as JSON. Raises FetchError if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            reason = f"{display_url(self.url)}: the response is not JSON ({error})"
            raise FetchError(reason, url=self.url, kind=FailureKind.PROTOCOL) from error


class FetchResult(msgspec.Struct, frozen=True):
    """A response after redirects. `moved_to`: the target of permanent redirects; `truncated_by`: the error that cut the
    body short; `as_browser`: the server wants the `Accept` header of a browser."""

    response: Response
    moved_to: str | None
    truncated_by: FetchError | None
    as_browser: bool = False
