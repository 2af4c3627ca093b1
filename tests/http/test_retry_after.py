"""Which addresses a pause holds back, and for how long: a pure question of what was asked for, and when."""

from __future__ import annotations

import pytest

from aggregator.http.headers import LONGEST_WAIT
from aggregator.http.retry_after import LONGEST_PAUSE, MEMORY, PAUSE, SHORTEST, Hold, Holds, Scope

A, B, C = (f"https://feeds.example.co.uk/{name}" for name in "abc")
SISTER, OTHER = "https://news.example.co.uk/", "https://other.co.uk/"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def held(holds: Holds) -> str:
    """Which of the addresses are held back, by their first letters."""
    names = {"a": A, "b": B, "c": C, "s": SISTER, "o": OTHER}
    return "".join(name for name, url in names.items() if holds.left(url))


@pytest.mark.parametrize(
    ("level", "first", "second"), [("address", "a", "abc"), ("host", "abc", "abc"), ("domain", "abcs", "abcs")]
)
def test_what_is_held_back(level: Scope, first: str, second: str) -> None:
    holds = Holds(level=level, clock=Clock())
    assert held(holds) == ""
    holds.begin(A, 600)
    assert held(holds) == first
    holds.begin(B, 600)
    assert held(holds) == second


@pytest.mark.parametrize("again", [A, A + "#top", A.replace("feeds", "FEEDS"), A.replace("//", "//ann:pw@")])
def test_the_same_address_again_is_no_second_one(again: str) -> None:
    holds = Holds(clock=Clock())
    holds.begin(A, 600)
    holds.begin(again, 600)
    assert held(holds) == "a"
    assert "pw" not in str(holds.changes())


def test_a_second_address_after_the_first_is_over_is_a_first_one() -> None:
    clock = Clock()
    holds = Holds(clock=clock)
    holds.begin(A, 600)
    clock.now += 601
    holds.begin(B, 600)
    assert held(holds) == "b"


@pytest.mark.parametrize(
    ("wait", "left"), [(None, PAUSE), (0, SHORTEST), (5, SHORTEST), (3600, 3600), (1e12, LONGEST_WAIT)]
)
def test_how_long(wait: float | None, left: float) -> None:
    holds = Holds(clock=Clock())
    holds.begin(A, wait)
    assert holds.left(A) == left


def test_pauses_in_a_row_grow_and_an_answer_ends_the_row() -> None:
    clock = Clock()
    holds = Holds(clock=clock)
    lengths = []
    for _ in range(12):
        holds.begin(A, None)
        holds.begin(A, None)  # from another request that was on its way
        lengths.append(holds.left(A))
        clock.now += holds.left(A) + 1
    assert lengths[:3] == [PAUSE, 2 * PAUSE, 4 * PAUSE]
    assert max(lengths) == LONGEST_PAUSE
    holds.end(A)
    holds.begin(A, None)
    assert holds.left(A) == PAUSE


def test_an_answer_that_was_on_its_way_does_not_end_a_pause() -> None:
    holds = Holds(level="host", clock=Clock())
    holds.begin(A, 600)
    holds.end(B)
    assert held(holds) == "abc"


def test_what_has_changed_is_told_once() -> None:
    clock = Clock()
    holds = Holds(clock=clock)
    holds.begin(A, 600)
    assert holds.changes() == {f"address {A}": Hold(f"address {A}", int(clock.now) + 600)}
    assert holds.changes() == {}
    clock.now += 601
    holds.end(A)
    assert holds.changes() == {f"address {A}": None}


def test_what_is_kept_from_earlier_runs() -> None:
    clock = Clock()
    now = int(clock.now)
    over, long_over, wrong = (Hold(f"host {name}", until) for name, until in (("o", now - 9), ("l", 0), ("w", 2**40)))
    holds = Holds([Hold("host feeds.example.co.uk", now + 5, 3), over, long_over, wrong], clock=clock)
    assert held(holds) == "abc"
    assert holds.changes() == {"host l": None, "host w": None}
    assert now - MEMORY > 0
