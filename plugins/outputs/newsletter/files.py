"""Writes mails to .eml files."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from aggregator import Delivery, DeliveryError
from aggregator.runtime.atomic_write import replace_file

_UNSAFE = re.compile(r"[^a-z0-9.@_+-]+")


def write_mail(delivery: Delivery, folder: str) -> None:
    """Write a mail into a folder. Raises DeliveryError."""
    path = Path(folder) / f"{delivery.key} {_file_name(delivery.recipient)}.eml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, delivery.payload)
    except OSError as error:
        raise DeliveryError(f"{path}: cannot be written ({error.strerror})", for_all=True) from error


def _file_name(address: str) -> str:
    """Return an address as a part of a file name; a digest tells those apart that differ in other characters only."""
    name = _UNSAFE.sub("-", address.lower())[:100]
    return name if name == address else f"{name}-{sha256(address.encode()).hexdigest()[:8]}"
