"""Delays requests as publishers demand with HTTP 429 and 503: for an address, a host or a domain.

A rule applies to the address that responded so. When a second address of the same host does meanwhile, the whole host
is overloaded, and a rule applies to all of its addresses. With `hold` in [http], the first rule already applies to the
host or its registrable domain. Rules expire by themselves.

Sources: RFC 6585 4 (429), RFC 9110 15.6.4 (503) and 10.2.3 (Retry-After).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.http.origins import host_port, registrable_domain, request_identity, without_credentials

STATUSES = frozenset({429, 503})
MIN_WAIT = 60
DEFAULT_WAIT, MAX_DEFAULT_WAIT = 5 * 60, 24 * 3600
"""Seconds to wait without a Retry-After header: doubled each time in a row, up to a day."""
MEMORY = 24 * 3600
"""Seconds after its expiry during which a rule is remembered: another one is then the next in a row."""

MAX_ADDRESS = 500
"""Characters of an address in a scope; a longer one is told apart by its digest, since the store indexes scopes."""

Scope = Literal["address", "host", "domain"]


class RetryAfterRule(msgspec.Struct, frozen=True):
    """No request is sent to `scope` before `until`. `scope`: "address https://…", "host feeds.example" or
    "domain example.com"; `until`: epoch seconds; `count`: how many in a row."""

    scope: str
    until: int
    count: int = 1


class RetryAfterRules:
    """All rules in effect. `stored`: those of earlier runs; `level`: the scope of the first rule for an address."""

    def __init__(
        self, stored: Iterable[RetryAfterRule] = (), level: Scope = "address", clock: Callable[[], float] = time.time
    ) -> None:
        self._level = level
        self._clock = clock
        self._rules: dict[str, RetryAfterRule] = {}
        self._changes: dict[str, RetryAfterRule | None] = {}
        now = clock()
        for rule in stored:
            # One that lasts longer than any may was stored while the clock was wrong.
            if now - MEMORY < rule.until <= now + MAX_RETRY_AFTER:
                self._rules[rule.scope] = rule
            else:
                self._changes[rule.scope] = None

    def remaining(self, url: str) -> float:
        """Return the seconds for which no request may be sent to this address; 0 for most."""
        if not self._rules:
            return 0.0
        now = self._clock()
        rules = (self._rules.get(scope) for scope in self._scopes(url))
        return max([0.0, *(rule.until - now for rule in rules if rule)])

    def add(self, url: str, wait: float | None) -> None:
        """Add the rule for a response. `wait`: the seconds of its Retry-After header, None without one."""
        self._add(self._first_scope(url), wait)
        if self._level == "address" and self._has_other_address(url):
            self._add(f"host {host_port(url)}", wait)

    def remove_expired(self, url: str) -> None:
        """Remove the expired rules for an address, since it responded successfully."""
        if not self._rules:
            return
        now = self._clock()
        for scope in self._scopes(url):
            if scope in self._rules and self._rules[scope].until <= now:
                del self._rules[scope]
                self._changes[scope] = None

    def take_changes(self) -> dict[str, RetryAfterRule | None]:
        """Return the changes since the last call: by scope, None for a removed rule."""
        changes, self._changes = self._changes, {}
        return changes

    def _add(self, scope: str, wait: float | None) -> None:
        now, previous = self._clock(), self._rules.get(scope)
        count, until = 1, 0
        if previous and previous.until > now - MEMORY:
            count, until = previous.count + (previous.until <= now), previous.until
        seconds = min(DEFAULT_WAIT * 2 ** min(count - 1, 20), MAX_DEFAULT_WAIT) if wait is None else wait
        until = max(until, int(now + min(max(seconds, MIN_WAIT), MAX_RETRY_AFTER)))
        self._rules[scope] = self._changes[scope] = RetryAfterRule(scope, until, count)

    def _has_other_address(self, url: str) -> bool:
        """Whether a rule is in effect for another address of the host."""
        own_scope, host, now = _address_scope(url), host_port(url), self._clock()
        return any(
            rule.scope.startswith("address ") and host in rule.scope and host_port(rule.scope[8:]) == host
            for rule in self._rules.values()
            if rule.until > now and rule.scope != own_scope
        )

    def _first_scope(self, url: str) -> str:
        """The scope of the first rule for this address."""
        if self._level == "address":
            return _address_scope(url)
        return f"host {host_port(url)}" if self._level == "host" else f"domain {registrable_domain(url)}"

    def _scopes(self, url: str) -> Iterable[str]:
        """All scopes that include this address."""
        yield _address_scope(url)
        yield f"host {host_port(url)}"
        if any(scope.startswith("domain ") for scope in self._rules):
            yield f"domain {registrable_domain(url)}"


def _address_scope(url: str) -> str:
    address = without_credentials(request_identity(url))
    if len(address) > MAX_ADDRESS:
        address = f"{address[:MAX_ADDRESS]}#{hashlib.blake2b(address.encode(), digest_size=16).hexdigest()}"
    return f"address {address}"
