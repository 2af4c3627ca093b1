"""Digests of settings, to detect whether they have changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from aggregator.text.plain import plain


def digest(settings: Any) -> bytes:
    """Return a digest of settings, 16 bytes."""
    encoded = msgspec.json.encode(settings, enc_hook=_plain, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=16).digest()


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, Path) else plain(repr(value))
