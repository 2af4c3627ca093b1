"""Gives sources unique names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from urllib.parse import urlsplit


class UniqueNames:
    """A set of reserved names, compared without case."""

    def __init__(self, names: Iterable[str]) -> None:
        self._reserved = {name.casefold() for name in names}
        self._next_number: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._reserved

    def reserve(self, name: str, url: str | None) -> str:
        """Reserve and return the name; if it is in use, with the host of the URL or a number appended."""
        unique = next(candidate for candidate in self._candidates(name, url) if candidate not in self)
        self._reserved.add(unique.casefold())
        return unique

    def _candidates(self, name: str, url: str | None) -> Iterator[str]:
        yield name
        host = urlsplit(url or "").hostname
        if host:
            yield f"{name} ({host})"
        for number in count(self._next_number.get(name, 2)):  # not from 2 each time: quadratic with many equal names
            self._next_number[name] = number
            yield f"{name} {number}"
