"""What comes back: an answer, and the validators to ask "anything new?" with the next time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from aggregator.errors import FetchError
from aggregator.http.origins import shown
from aggregator.text.charsets import decode_body

LONGEST_VALIDATOR = 4000
"""Characters of a validator that is kept: it is sent back with each request."""


class Validators(msgspec.Struct, frozen=True, kw_only=True):
    """What a publisher gave to ask "anything new?" with, verbatim (RFC 9110 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The conditional request's headers (RFC 9110 13.1)."""
        pairs = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in pairs.items() if value and _is_sendable(value)}

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Those that an answer gives, as far as they can be sent back as they came."""
        given = (headers.get("ETag"), headers.get("Last-Modified"))
        etag, last_modified = (value if value and _is_sendable(value) else None for value in given)
        return cls(etag=etag, last_modified=last_modified)


def _is_sendable(value: str) -> bool:
    """Whether it stays one header, and the same bytes: what was no UTF-8 holds surrogates, which do not print."""
    return value.isprintable() and len(value) <= LONGEST_VALIDATOR


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `url`: after redirects; `headers`: whatever their case; `complete`: False where the connection
    broke off."""

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
        """The body as JSON. Raises FetchError where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise FetchError(f"{shown(self.url)}: is no JSON ({error})", url=self.url, kind="protocol") from error
