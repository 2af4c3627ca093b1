"""To which addresses a Retry-After applies, and for how long."""

from __future__ import annotations

import pytest

from aggregator.http.headers import MAX_RETRY_AFTER
from aggregator.http.origins import registrable_domain
from aggregator.http.retry_after import (
    CLEAN_UP_AT,
    DEFAULT_WAIT,
    MAX_DEFAULT_WAIT,
    MEMORY,
    MIN_WAIT,
    RetryAfterRule,
    RetryAfterRules,
    Scope,
    domain_of_scope,
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


def test_of_two_rules_the_later_end_and_the_larger_count_apply() -> None:
    clock = Clock()
    now, scope = int(clock.now), f"address {A}"
    for first, second in (((900, 1), (600, 4)), ((600, 4), (900, 1)), ((900, 4), (600, 1))):
        rules = RetryAfterRules(clock=clock)
        for seconds, count in (first, second):
            rules.merge([RetryAfterRule(scope, now + seconds, count)])
        assert rules.remaining(A) == 900
        assert rules.take_changes() == {}
        clock.now += 1000
        rules.add(A, None)
        assert rules.take_changes()[scope] == RetryAfterRule(scope, int(clock.now) + 16 * DEFAULT_WAIT, 5)
        clock.now -= 1000


def test_a_stored_rule_that_is_out_of_date_does_not_remove_the_current_one() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    rules.add(A, 600)
    stored = rules.take_changes()
    rules.merge([RetryAfterRule(f"address {A}", 0), RetryAfterRule(f"address {B}", 0)])
    assert rules.remaining(A) == 600
    assert rules.take_changes() == {f"address {B}": None}
    assert list(stored) == [f"address {A}"]


def test_changes_of_some_domains_are_taken_apart_from_the_others() -> None:
    rules = RetryAfterRules(clock=Clock())
    for url in (A, SISTER, OTHER):
        rules.add(url, 600)
    taken = rules.take_changes(lambda domain: domain == "other.co.uk")
    assert list(taken) == [f"address {OTHER}"]
    assert list(rules.take_changes()) == [f"address {A}", f"address {SISTER}"]


def test_what_was_forgotten_is_as_others_have_stored_it_meanwhile() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    for url in (A, OTHER):
        rules.add(url, None)
    rules.take_changes()
    rules.forget(lambda domain: domain == "example.co.uk")
    assert delayed(rules) == "o"
    assert rules.take_changes() == {}
    rules.merge([])  # the next success, elsewhere, has removed the rule
    clock.now += DEFAULT_WAIT + 1
    rules.add(A, None)
    assert rules.remaining(A) == DEFAULT_WAIT


@pytest.mark.parametrize(
    ("scope", "domain"),
    [
        ("address https://feeds.example.co.uk/a?b=c", "example.co.uk"),
        ("address http://127.0.0.1:8080/a", "127.0.0.1:8080"),
        ("address http://[::1]:8080/a", "[::1]:8080"),
        ("host feeds.example.co.uk", "example.co.uk"),
        ("host feeds.example.co.uk:8080", "example.co.uk"),
        ("host localhost:8080", "localhost:8080"),
        ("host [::1]:8080", "[::1]:8080"),
        ("domain example.co.uk", "example.co.uk"),
    ],
)
def test_the_domain_of_a_scope(scope: str, domain: str) -> None:
    assert RetryAfterRule(scope, 0).domain == domain
    kind, _, name = scope.partition(" ")
    assert domain == registrable_domain(name if kind == "address" else f"http://{name}/x")


@pytest.mark.parametrize("tail", ["x" * 6000, "ä" * 3000, "\U0001f600" * 700])
def test_the_scope_of_a_long_address_can_be_indexed(tail: str) -> None:
    long, other = f"{A}?{tail}1", f"{A}?{tail}2"
    rules = RetryAfterRules(clock=Clock())
    rules.add(long, 600)
    [scope] = rules.take_changes()
    assert len(scope.encode()) < 2700
    assert (rules.remaining(long), rules.remaining(other)) == (600, 0)
    assert domain_of_scope(scope) == "example.co.uk"
    stored = RetryAfterRules([RetryAfterRule(scope, 1_000_600)], clock=Clock())
    assert stored.remaining(long) == 600
    rules.add(other, 600)
    assert delayed(rules) == "abc"  # two addresses of the host


def test_expired_rules_are_dropped() -> None:
    clock = Clock()
    rules = RetryAfterRules(clock=clock)
    for number in range(10_000):
        rules.add(f"https://host{number}.example/", MIN_WAIT)
        clock.now += 600
    kept = (MEMORY + MIN_WAIT) / 600
    assert kept <= rules.size <= max(CLEAN_UP_AT, 2 * kept)
    changes = rules.take_changes()
    assert changes["address https://host0.example/"] is None
    assert changes["address https://host9999.example/"] is not None
