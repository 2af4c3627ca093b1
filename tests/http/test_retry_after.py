"""To which addresses a Retry-After applies, and for how long."""

from __future__ import annotations

import pytest

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.http.retry_after import (
    DEFAULT_WAIT,
    MAX_DEFAULT_WAIT,
    MEMORY,
    MIN_WAIT,
    RetryAfterRule,
    RetryAfterRules,
    Scope,
)

A, B, C = (f"https://feeds.example.co.uk/{name}" for name in "abc")
SISTER, OTHER = "https://news.example.co.uk/", "https://other.co.uk/"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def delayed(rules: RetryAfterRules) -> str:
    """Return the first letters of the addresses to which a rule applies."""
    names = {"a": A, "b": B, "c": C, "s": SISTER, "o": OTHER}
    return "".join(name for name, url in names.items() if rules.remaining(url))


@pytest.mark.parametrize(
    ("level", "first", "second"), [("address", "a", "abc"), ("host", "abc", "abc"), ("domain", "abcs", "abcs")]
)
def test_the_scope_of_the_first_and_second_rule(level: Scope, first: str, second: str) -> None:
    rules = RetryAfterRules(level=level, clock=Clock())
    assert delayed(rules) == ""
    rules.add(A, 600)
    assert delayed(rules) == first
    rules.add(B, 600)
    assert delayed(rules) == second


@pytest.mark.parametrize("again", [A, A + "#top", A.replace("feeds", "FEEDS"), A.replace("//", "//ann:pw@")])
def test_the_same_address_does_not_count_twice(again: str) -> None:
    rules = RetryAfterRules(clock=Clock())
    rules.add(A, 600)
    rules.add(again, 600)
    assert delayed(rules) == "a"
    assert "pw" not in str(rules.take_changes())


def test_an_expired_rule_does_not_count_as_the_first_one() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    rules.add(A, 600)
    clock.now += 601
    rules.add(B, 600)
    assert delayed(rules) == "b"


@pytest.mark.parametrize(
    ("wait", "remaining"), [(None, DEFAULT_WAIT), (0, MIN_WAIT), (5, MIN_WAIT), (3600, 3600), (1e12, MAX_RETRY_AFTER)]
)
def test_the_remaining_time(wait: float | None, remaining: float) -> None:
    rules = RetryAfterRules(clock=Clock())
    rules.add(A, wait)
    assert rules.remaining(A) == remaining


def test_waits_in_a_row_double_and_a_success_resets_them() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    lengths = []
    for _ in range(12):
        rules.add(A, None)
        rules.add(A, None)  # from a simultaneous request
        lengths.append(rules.remaining(A))
        clock.now += rules.remaining(A) + 1
    assert lengths[:3] == [DEFAULT_WAIT, 2 * DEFAULT_WAIT, 4 * DEFAULT_WAIT]
    assert max(lengths) == MAX_DEFAULT_WAIT
    rules.remove_expired(A)
    rules.add(A, None)
    assert rules.remaining(A) == DEFAULT_WAIT


def test_the_response_to_a_simultaneous_request_does_not_remove_a_rule() -> None:
    rules = RetryAfterRules(level="host", clock=Clock())
    rules.add(A, 600)
    rules.remove_expired(B)
    assert delayed(rules) == "abc"


def test_changes_are_returned_once() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    rules.add(A, 600)
    assert rules.take_changes() == {f"address {A}": RetryAfterRule(f"address {A}", int(clock.now) + 600)}
    assert rules.take_changes() == {}
    clock.now += 601
    rules.remove_expired(A)
    assert rules.take_changes() == {f"address {A}": None}


def test_stored_rules() -> None:
    clock = Clock()
    now = int(clock.now)
    expired, forgotten, wrong = (
        RetryAfterRule(f"host {name}", until) for name, until in (("o", now - 9), ("l", 0), ("w", 2**40))
    )
    rules = RetryAfterRules(
        [RetryAfterRule("host feeds.example.co.uk", now + 5, 3), expired, forgotten, wrong], clock=clock
    )
    assert delayed(rules) == "abc"
    assert rules.take_changes() == {"host l": None, "host w": None}
    assert now - MEMORY > 0
