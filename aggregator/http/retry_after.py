"""Pauses that publishers ask for (HTTP 429 and 503), and what each of them holds back.

A pause holds back the address that asked for it. When another address of the same host asks for one meanwhile, it is
the host that has had enough, and all of it is left alone. Where `hold` in [http] says so, the host, or the domain that
somebody has registered, is left alone at once. A pause ends by itself.

Sources: RFC 6585 4 (429), RFC 9110 15.6.4 (503) and 10.2.3 (Retry-After).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from aggregator.http.headers import LONGEST_WAIT
from aggregator.http.origins import domain, identity, site, without_credentials

STATUSES = frozenset({429, 503})
SHORTEST = 60
PAUSE, LONGEST_PAUSE = 5 * 60, 24 * 3600
"""Seconds to wait where nothing is said: doubled each time in a row, up to a day."""
MEMORY = 24 * 3600
"""Seconds after its end for which a pause is remembered: another one is then the next in a row."""

Scope = Literal["address", "host", "domain"]


class Hold(msgspec.Struct, frozen=True):
    """A pause. `scope`: what is left alone, as "address https://…", "host feeds.example" or "domain example.com";
    `until`: epoch seconds; `count`: how many in a row."""

    scope: str
    until: int
    count: int = 1


class Holds:
    """The pauses that a run knows of. `kept`: of earlier runs; `level`: what a first one holds back."""

    def __init__(
        self, kept: Iterable[Hold] = (), level: Scope = "address", clock: Callable[[], float] = time.time
    ) -> None:
        self._level = level
        self._clock = clock
        self._holds: dict[str, Hold] = {}
        self._changed: dict[str, Hold | None] = {}
        now = clock()
        for one in kept:
            # One that would last for longer than any may was written by a clock that went wrong.
            if now - MEMORY < one.until <= now + LONGEST_WAIT:
                self._holds[one.scope] = one
            else:
                self._changed[one.scope] = None

    def left(self, url: str) -> float:
        """Seconds that this address must still be left alone; 0 for most."""
        if not self._holds:
            return 0.0
        now = self._clock()
        found = (self._holds.get(scope) for scope in self._scopes(url))
        return max([0.0, *(one.until - now for one in found if one)])

    def begin(self, url: str, wait: float | None) -> None:
        """Leave it alone for so long. `wait`: the seconds that it asks for, None where it does not say."""
        self._hold(self._scope(url), wait)
        if self._level == "address" and self._has_others(url):
            self._hold(f"host {site(url)}", wait)

    def end(self, url: str) -> None:
        """Forget what is over, since it answers again."""
        if not self._holds:
            return
        now = self._clock()
        for scope in self._scopes(url):
            if scope in self._holds and self._holds[scope].until <= now:
                del self._holds[scope]
                self._changed[scope] = None

    def changes(self) -> dict[str, Hold | None]:
        """What has changed since this was last asked: by scope, None for what is over."""
        changed, self._changed = self._changed, {}
        return changed

    def _hold(self, scope: str, wait: float | None) -> None:
        now, before = self._clock(), self._holds.get(scope)
        count, until = 1, 0
        if before and before.until > now - MEMORY:
            count, until = before.count + (before.until <= now), before.until
        pause = min(PAUSE * 2 ** min(count - 1, 20), LONGEST_PAUSE) if wait is None else wait
        until = max(until, int(now + min(max(pause, SHORTEST), LONGEST_WAIT)))
        self._holds[scope] = self._changed[scope] = Hold(scope, until, count)

    def _has_others(self, url: str) -> bool:
        """Whether another address of the host is left alone now."""
        own, place, now = _address(url), site(url), self._clock()
        return any(
            one.scope.startswith("address ") and place in one.scope and site(one.scope[8:]) == place
            for one in self._holds.values()
            if one.until > now and one.scope != own
        )

    def _scope(self, url: str) -> str:
        """What a first pause holds back."""
        if self._level == "address":
            return _address(url)
        return f"host {site(url)}" if self._level == "host" else f"domain {domain(site(url))}"

    def _scopes(self, url: str) -> Iterable[str]:
        """All that may hold this address back."""
        place = site(url)
        yield _address(url)
        yield f"host {place}"
        if any(scope.startswith("domain ") for scope in self._holds):
            yield f"domain {domain(place)}"


def _address(url: str) -> str:
    return f"address {without_credentials(identity(url))}"
