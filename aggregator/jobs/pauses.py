"""The Retry-After rules of a process that shares publishers with others: in the store, and in its HTTP client."""

from __future__ import annotations

from collections.abc import Collection

from aggregator.http.retry_after import RetryAfterRules
from aggregator.jobs.shards import shard_of_domain, shard_of_scope
from aggregator.store import Store


class StoredPauses:
    """See `aggregator.jobs.leases.Pauses`. `rules`: those of the HTTP client."""

    def __init__(self, store: Store, rules: RetryAfterRules) -> None:
        self._store = store
        self._rules = rules

    def read(self, shards: Collection[int]) -> None:
        """Take in the stored rules of these shards."""
        stored = self._store.retry_after_rules()
        self._rules.merge(rule for rule in stored if shard_of_scope(rule.scope) in shards)

    def write(self) -> None:
        """Store new rules."""
        self._store.save_retry_after(self._rules.take_changes())

    def forget(self, shards: Collection[int]) -> None:
        """Drop the rules of these shards."""
        self._rules.forget(lambda domain: shard_of_domain(domain) in shards)
