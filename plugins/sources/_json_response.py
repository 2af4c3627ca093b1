"""Decodes JSON responses into typed structs, with errors that name the expected response."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from aggregator import SourceError

T = TypeVar("T")

_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def decode(body: bytes, type: type[T], expected: str) -> T:
    """Decode a response. `expected`: what it should be, for the message. Raises SourceError."""
    try:
        return msgspec.json.decode(body, type=type)
    except _ERRORS as error:
        raise SourceError(f"this is not {expected} ({error})") from error


def decode_or_none(raw: msgspec.Raw, type: type[T]) -> T | None:
    """Decode a part of a response, or return None if it has another form."""
    try:
        return msgspec.json.decode(raw, type=type)
    except _ERRORS:
        return None
