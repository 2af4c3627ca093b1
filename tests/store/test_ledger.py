"""The ledger of deliveries: what is new, what is replaced, what is deleted and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stores import execute

from aggregator.errors import StoreError
from aggregator.model.delivery import Delivery
from aggregator.store import Ledger, State, Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def delivery(key: str = "a", **fields: Any) -> Delivery:
    return Delivery(**({"key": key, "recipient": "r", "payload": key.encode(), "stories": (f"s{key}",)} | fields))


def add(ledger: Ledger, *new: Delivery, state: State = "pending", at: datetime = NOW) -> list[str]:
    return ledger.add("out", [(one, state) for one in new], (b"digest", ()), at)


def test_a_delivery_is_added_once_for_each_recipient(store: Store) -> None:
    assert add(store.ledger, delivery(), delivery(recipient="q")) == ["a", "a"]
    assert add(store.ledger, delivery(), delivery(payload=b"other"), delivery("b")) == ["b"]
    assert [(one.key, one.recipient, one.payload) for one in store.ledger.list()] == [
        ("a", "r", b"a"),
        ("a", "q", b"a"),
        ("b", "r", b"b"),
    ]
    assert store.ledger.delivered("out") == (frozenset({"sa", "sb"}), frozenset({"a", "b"}))
    assert store.ledger.delivered("other") == (frozenset(), frozenset())


def test_stories_of_a_delivery_that_is_known_are_not_marked(store: Store) -> None:
    add(store.ledger, delivery())
    add(store.ledger, delivery(stories=("new",)))
    assert "new" not in store.ledger.delivered("out")[0]


def test_a_ping_replaces_the_last_one(store: Store) -> None:
    for key in ("a", "b", "b", "a"):
        add(store.ledger, delivery(key, supersedes=True, stories=()))
    [ping] = store.ledger.list()
    assert (ping.key, ping.state) == ("a", "pending")
    store.ledger.begin(ping, NOW)
    store.ledger.end(ping, "sent", NOW)
    assert add(store.ledger, delivery("a", supersedes=True)) == []
    assert [one.state for one in store.ledger.list()] == ["sent"]
    assert add(store.ledger, delivery("b", supersedes=True)) == ["b"]


def test_an_interrupted_attempt_is_uncertain_unless_it_may_be_repeated(store: Store) -> None:
    add(store.ledger, delivery(), delivery("p", supersedes=True, recipient="hub"), delivery("f", local=True))
    for one in store.ledger.list():
        store.ledger.begin(one, NOW)
    assert [one.key for one in store.ledger.recover(NOW)] == ["a"]
    assert [(one.key, one.state, one.attempts) for one in store.ledger.list()] == [
        ("a", "uncertain", 1),
        ("p", "pending", 1),
        ("f", "pending", 1),
    ]
    assert store.ledger.recover(NOW) == []


def test_payloads_are_deleted_a_week_after_arrival(store: Store) -> None:
    add(store.ledger, delivery(), delivery("b"), delivery("c"))
    first, second, third = store.ledger.list()
    store.ledger.end(first, "sent", NOW)
    store.ledger.end(second, "failed", NOW)
    store.ledger.end(third, "uncertain", NOW)
    store.ledger.prune(NOW + 6 * DAY, before=NOW - DAY)
    assert [one.payload for one in store.ledger.list()] == [b"a", b"b", b"c"]
    store.ledger.prune(NOW + 8 * DAY, before=NOW - DAY)
    assert [one.payload for one in store.ledger.list()] == [None, b"b", b"c"]
    store.ledger.prune(NOW + 200 * DAY, before=NOW + 20 * DAY)
    assert [one.key for one in store.ledger.list()] == ["c"]  # a user has to decide
    assert store.ledger.delivered("out")[0] == frozenset()


def test_what_a_user_may_retry_and_drop(store: Store) -> None:
    add(store.ledger, delivery(), delivery("b"))
    first, second = store.ledger.list()
    store.ledger.end(first, "sent", NOW)
    with pytest.raises(StoreError, match=r"delivery 1 has arrived \(2026-11-24 12:00\); nothing to retry"):
        store.ledger.retry(first.id, NOW)
    with pytest.raises(StoreError, match="delivery 1 is sent; nothing to drop"):
        store.ledger.drop(first.id, NOW)
    with pytest.raises(StoreError, match="there is no delivery 9; `aggregate deliveries` lists them"):
        store.ledger.retry(9, NOW)
    store.ledger.drop(second.id, NOW)
    store.ledger.retry(second.id, NOW + 6 * DAY)
    assert (store.ledger.list()[1].state, store.ledger.list()[1].made) == ("pending", NOW + 6 * DAY)
    store.ledger.drop(second.id, NOW)
    store.ledger.prune(NOW + 8 * DAY, before=NOW - DAY)
    with pytest.raises(StoreError, match="delivery 2 is dropped, and its content is no longer kept"):
        store.ledger.retry(second.id, NOW)


def test_the_newest_deliveries_are_listed(store: Store) -> None:
    add(store.ledger, *(delivery(str(number)) for number in range(5)))
    assert [one.key for one in store.ledger.list(limit=2)] == ["3", "4"]
    assert store.ledger.list(states=["sent"]) == []


def test_the_command_is_due_since_its_first_change(store: Store) -> None:
    assert store.ledger.after_since() is None
    store.ledger.set_after(NOW)
    store.ledger.set_after(NOW + DAY)
    assert store.ledger.after_since() == NOW
    store.ledger.set_after(None)
    assert store.ledger.after_since() is None


def test_a_story_that_others_were_merged_into_is_delivered(store: Store) -> None:
    add(store.ledger, delivery(stories=("younger",)))
    execute(store, "INSERT INTO stories (id, updated) VALUES ('older', 1)")
    execute(store, "INSERT INTO redirects VALUES ('younger', 'older', 1)")
    assert store.ledger.delivered("out")[0] == frozenset({"younger", "older"})
