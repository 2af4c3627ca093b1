"""Kinds of failure, and the back-off after each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import FailureKind, FetchError
from aggregator.scheduling.back_off import BACK_OFFS, DEFAULT_BACK_OFF, back_off


def test_values_of_kinds_are_a_contract() -> None:
    """They are stored in the database, and compared by plugins."""
    assert {str(kind) for kind in FailureKind} == {
        *("dns", "unreachable", "connect", "tls", "timeout", "status", "size", "private", "scheme", "redirects"),
        *("protocol", "file", "robots", "held", "offline", "other", "postponed", "4xx", "5xx", "429", "parse", "part"),
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("dns", FailureKind.DNS), (FailureKind.DNS, FailureKind.DNS), ("made up by a plugin", FailureKind.OTHER)],
)
def test_fetch_error_accepts_its_kind_as_text(kind: str, expected: FailureKind) -> None:
    error = FetchError("no", url="https://a.example/", kind=kind)
    assert error.kind is expected
    assert error.kind == str(expected)


@pytest.mark.parametrize("kind", [None, "parse", "part", "other", "stored by another version"])
def test_other_kinds_have_the_default_back_off(kind: str | None) -> None:
    assert back_off(kind, 1) == DEFAULT_BACK_OFF.first


@pytest.mark.parametrize("kind", BACK_OFFS)
def test_the_back_off_doubles_up_to_the_longest(kind: str) -> None:
    first, longest = BACK_OFFS[kind]
    assert [back_off(kind, failures) for failures in (1, 2, 3)] == [first, 2 * first, 4 * first]
    assert back_off(kind, 1000) == longest
    assert longest <= timedelta(days=3)
