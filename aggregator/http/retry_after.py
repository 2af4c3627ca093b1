"""Delays requests as publishers demand with HTTP 429 and 503: for an address, a host or a domain.

A rule applies to the address that responded so. When a second address of the same host does meanwhile, the whole host
is overloaded, and a rule applies to all of its addresses. With `hold` in [http], the first rule already applies to the
host or its registrable domain. Rules expire by themselves.

Several processes may keep the rules of different domains in one store: `merge` takes in what others have stored,
`take_changes` returns what they have to know, and `forget` drops what another one may change from now on.

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
MAX_SCOPE_LENGTH = 500
"""Characters of a scope: a database may limit the length of a text that it indexes."""
CLEAN_UP_AT = 1000
"""From how many rules on those that are no longer remembered are looked for."""

Scope = Literal["address", "host", "domain"]
IsDomain = Callable[[str], bool]
"""Whether a registrable domain is one of those in question."""


class RetryAfterRule(msgspec.Struct, frozen=True):
    """No request is sent to `scope` before `until`. `scope`: "address https://…", "host feeds.example" or
    "domain example.com"; `until`: epoch seconds; `count`: how many in a row."""

    scope: str
    until: int
    count: int = 1

    @property
    def domain(self) -> str:
        """The registrable domain that the rule belongs to."""
        return domain_of_scope(self.scope)


def domain_of_scope(scope: str) -> str:
    """Return the registrable domain of a scope, as `registrable_domain` returns it for its addresses."""
    kind, _, name = scope.partition(" ")
    if kind == "domain":
        return name
    return registrable_domain(name if kind == "address" else f"https://{name}/")


class RetryAfterRules:
    """All rules in effect. `stored`: those of earlier runs; `level`: the scope of the first rule for an address."""

    def __init__(
        self, stored: Iterable[RetryAfterRule] = (), level: Scope = "address", clock: Callable[[], float] = time.time
    ) -> None:
        self._level = level
        self._clock = clock
        self._rules: dict[str, RetryAfterRule] = {}
        self._addresses: dict[str, set[str]] = {}
        """The scopes of addresses among the rules, by host."""
        self._changes: dict[str, RetryAfterRule | None] = {}
        self._has_domains = False
        self._clean_up_at = CLEAN_UP_AT
        self.merge(stored)

    @property
    def size(self) -> int:
        """How many rules are remembered."""
        return len(self._rules)

    def merge(self, stored: Iterable[RetryAfterRule]) -> None:
        """Take in rules that were stored by earlier runs, or by other processes meanwhile: of two rules for the same
        scope, the later `until` and the larger `count` apply."""
        now = self._clock()
        for rule in stored:
            known = self._rules.get(rule.scope)
            if not _is_remembered(rule, now):
                if known is None:
                    self._changes.setdefault(rule.scope, None)
                continue
            if known:
                until, count = max(known.until, rule.until), max(known.count, rule.count)
                rule = RetryAfterRule(rule.scope, until, count)
            self._keep(rule)

    def forget(self, is_domain: IsDomain) -> None:
        """Drop the rules of these domains, whose changes must have been taken before: others may change them now."""
        for scope in [scope for scope in self._rules if is_domain(domain_of_scope(scope))]:
            self._drop(scope)

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
            self._add(_host_scope(url), wait)

    def remove_expired(self, url: str) -> None:
        """Remove the expired rules for an address, since it responded successfully."""
        if not self._rules:
            return
        now = self._clock()
        for scope in self._scopes(url):
            if scope in self._rules and self._rules[scope].until <= now:
                self._drop(scope)
                self._changes[scope] = None

    def take_changes(self, is_domain: IsDomain | None = None) -> dict[str, RetryAfterRule | None]:
        """Return the changes since the last call, by scope: None for a rule that has expired, and was removed.

        `is_domain`: only those of some domains; the others are returned by a later call.
        """
        changes, self._changes = self._changes, {}
        if is_domain is None:
            return changes
        taken = {scope: rule for scope, rule in changes.items() if is_domain(domain_of_scope(scope))}
        self._changes = {scope: rule for scope, rule in changes.items() if scope not in taken}
        return taken

    def _add(self, scope: str, wait: float | None) -> None:
        now, previous = self._clock(), self._rules.get(scope)
        count, until = 1, 0
        if previous and previous.until > now - MEMORY:
            count, until = previous.count + (previous.until <= now), previous.until
        seconds = min(DEFAULT_WAIT * 2 ** min(count - 1, 20), MAX_DEFAULT_WAIT) if wait is None else wait
        until = max(until, int(now + min(max(seconds, MIN_WAIT), MAX_RETRY_AFTER)))
        self._changes[scope] = rule = RetryAfterRule(scope, until, count)
        self._keep(rule)

    def _keep(self, rule: RetryAfterRule) -> None:
        self._rules[rule.scope] = rule
        if host := _host_of_address(rule.scope):
            self._addresses.setdefault(host, set()).add(rule.scope)
        self._has_domains = self._has_domains or rule.scope.startswith("domain ")
        if len(self._rules) < self._clean_up_at:
            return
        now = self._clock()
        for scope in [rule.scope for rule in self._rules.values() if not _is_remembered(rule, now)]:
            self._drop(scope)
            self._changes[scope] = None
        self._clean_up_at = max(CLEAN_UP_AT, 2 * len(self._rules))

    def _drop(self, scope: str) -> None:
        del self._rules[scope]
        if host := _host_of_address(scope):
            self._addresses[host].discard(scope)
            if not self._addresses[host]:
                del self._addresses[host]

    def _has_other_address(self, url: str) -> bool:
        """Whether a rule is in effect for another address of the host."""
        others = self._addresses.get(host_port(url), set()) - {_address_scope(url)}
        now = self._clock()
        return any(self._rules[scope].until > now for scope in others)

    def _first_scope(self, url: str) -> str:
        """The scope of the first rule for this address."""
        if self._level == "address":
            return _address_scope(url)
        return _host_scope(url) if self._level == "host" else _domain_scope(url)

    def _scopes(self, url: str) -> Iterable[str]:
        """All scopes that include this address."""
        yield _address_scope(url)
        yield _host_scope(url)
        if self._has_domains:
            yield _domain_scope(url)


def _host_of_address(scope: str) -> str | None:
    """Return the host of the scope of an address; None for any other scope."""
    return host_port(scope.removeprefix("address ")) if scope.startswith("address ") else None


def _is_remembered(rule: RetryAfterRule, now: float) -> bool:
    """Whether a rule has expired lately, or not yet. One that lasts longer than any may was stored while the clock was
    wrong."""
    return now - MEMORY < rule.until <= now + MAX_RETRY_AFTER


def _address_scope(url: str) -> str:
    return _limited(f"address {without_credentials(request_identity(url))}")


def _host_scope(url: str) -> str:
    return _limited(f"host {host_port(url)}")


def _domain_scope(url: str) -> str:
    return _limited(f"domain {registrable_domain(url)}")


def _limited(scope: str) -> str:
    """Return a scope whose end is replaced by a digest if it is long; its host remains."""
    if len(scope) <= MAX_SCOPE_LENGTH:
        return scope
    digest = hashlib.blake2b(scope.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{scope[: MAX_SCOPE_LENGTH - len(digest) - 1]}…{digest}"
