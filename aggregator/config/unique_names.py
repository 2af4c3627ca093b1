"""Names for sources that are called alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from urllib.parse import urlsplit


class Names:
    """The names that are taken, whatever their case."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}
        self._next: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._taken

    def unique(self, name: str, url: str | None) -> str:
        """The name, told apart from those taken by its host, or by a number. It is taken from now on."""
        found = next(one for one in self._forms(name, url) if one not in self)
        self._taken.add(found.casefold())
        return found

    def _forms(self, name: str, url: str | None) -> Iterator[str]:
        yield name
        host = urlsplit(url or "").hostname
        if host:
            yield f"{name} ({host})"
        for number in count(self._next.get(name, 2)):  # goes on where it was, or many alike would take for ever
            self._next[name] = number
            yield f"{name} {number}"
