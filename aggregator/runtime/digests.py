"""Digests of settings, to detect whether they have changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from aggregator.text.plain import plain

DIGEST_SIZE = 16


def digest(settings: Any) -> bytes:
    """Return a digest of settings, `DIGEST_SIZE` bytes."""
    encoded = msgspec.json.encode(settings, enc_hook=_plain, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=DIGEST_SIZE).digest()


def url_digest(url: str) -> bytes:
    """Return a short digest of a URL, 8 bytes."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Path) else plain(repr(value))
