"""Short ids of articles are unique, stay the same, and are found by any unique beginning."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.store.short_ids import DIGITS, SHORTEST, keys_like, short_id

KEYS = st.integers(1, 3 * 16**DIGITS)


@given(KEYS)
def test_an_id_leads_to_its_key_alone(key: int) -> None:
    assert keys_like(short_id(key), key + 1000) == [key]


@given(KEYS)
def test_an_id_is_never_as_long_as_that_of_a_story(key: int) -> None:
    assert re.fullmatch("[0-9a-f]{7}|[0-9a-f]{9,}", short_id(key))


def test_ids_of_consecutive_keys_differ_in_their_first_digits() -> None:
    ids = [short_id(key) for key in range(1, 4001)]
    assert len(set(ids)) == 4000
    assert len({id[:SHORTEST] for id in ids}) == 4000


@given(st.integers(1, 5000), st.integers(SHORTEST, DIGITS))
def test_a_prefix_leads_to_all_keys_that_have_it(key: int, length: int) -> None:
    prefix = short_id(key)[:length]
    assert keys_like(prefix, 5000) == sorted(
        (other for other in range(1, 5001) if short_id(other).startswith(prefix)),
        key=lambda other: short_id(other),
    )


def test_keys_beyond_seven_digits_share_the_beginning_of_their_ids() -> None:
    first, second = 5, 5 + 16**DIGITS
    assert short_id(second).startswith(short_id(first))
    assert keys_like(short_id(first), second) == [first]
    assert {first, second} < {*keys_like(short_id(first)[:6], second)}
    assert keys_like(short_id(second)[:8], second) == [second]


@pytest.mark.parametrize("text", ["", "abc", "12345g7", "urn:uuid:", "https://a.example/", "x" * 40, "٣٣٣٣"])
def test_other_texts_are_no_ids(text: str) -> None:
    assert keys_like(text, 10**9) == []


def test_no_key_beyond_the_last_is_found() -> None:
    assert keys_like(short_id(7), 6) == []
