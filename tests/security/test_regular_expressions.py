"""Every regular expression of the code takes linear time, whatever text it is applied to.

A publisher writes the texts: an expression that backtracks lets a few hundred bytes of a feed stop a run. The attacks
are made from the expressions themselves, so that a new one is covered without a change here.
"""

from __future__ import annotations

import heapq
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from types import FrameType
from typing import Any

import pytest
from found_patterns import METHODS, Found, found_patterns
from pattern_attacks import Attack, attacks_on

from aggregator.feeds.site_feeds import site_rules

PARTS = 8
"""The expressions are tested in so many parts, for parallel workers."""
LENGTH = 6_000
"""Characters of each attack; the attacks that take longest are repeated with `LONG` and `LONGEST`."""
LONG, LONGEST = 12_000, 48_000
WORST = 5
"""How many attacks on an expression are repeated."""
FREE = 0.05
"""Seconds for `LONGEST` characters that need no comparison: what is not linear takes several times as long."""
RESOLUTION = 0.01
"""Seconds below which the clock of processor time is not exact."""
GROWTH, CERTAIN = 8, 12
"""How much longer a text of four times the length may take, 4 is linear, 16 quadratic; what needs no second look."""
HANGING = 1.0
"""Processor time of a single attack after which the expression is considered to hang."""

CONFIGURED = {
    "aggregator.text.patterns.compile_pattern": "written by the user, in options of filters and in conditions",
}
"""Expressions that no publisher has a hand in, and that are not limited: only the user can slow down the own run."""
COVERED_ELSEWHERE = {
    "aggregator.text.urls": "in a dictionary of the module, which is searched",
    "aggregator.text.clock_times": "in a tuple of the module, which is searched",
    "aggregator.text.frames._player": "in a tuple of the module, which is searched",
    "aggregator.text.html_tokens.tokens": "one end tag of a fixed name",
    "aggregator.feeds.site_feeds.feed_address": "in site_feeds.toml, which is read",
}


class HangsError(Exception):
    """An attack took too long."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise HangsError in a match that takes so much processor time of this process."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise HangsError

    previous = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def apply(pattern: re.Pattern[Any], method: str, text: Any) -> None:
    if method == "finditer":
        for _ in pattern.finditer(text):
            pass
    elif method == "sub":
        pattern.sub(text[:0], text)
    else:
        getattr(pattern, method)(text)


def cost(pattern: re.Pattern[Any], method: str, attack: Attack, length: int, repeat: int = 1) -> float:
    """Return the processor time of an attack in seconds, the least of some measurements; infinite if it hangs."""
    text: Any = attack.text(length)
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    times = []
    try:
        for _ in range(repeat):
            with limited(HANGING):
                start = time.process_time()
                apply(pattern, method, text)
                times.append(time.process_time() - start)
    except HangsError:
        return float("inf")
    return min(times)


def is_linear(measure: Callable[..., float]) -> bool:
    """Whether four times the text takes about four times as long. Measured again if in doubt."""
    for repeat in (1, 3, 5):
        longest, long = measure(LONGEST, repeat), measure(LONG, repeat)
        if longest == float("inf") or longest > CERTAIN * max(long, FREE):
            return False
        if longest < FREE or longest < GROWTH * max(long, RESOLUTION):
            return True
    return False


def weakness(found: Found) -> str | None:
    """Return the attack on an expression that takes more than linear time, or None."""
    attacks = attacks_on(found.pattern)
    for method in sorted(found.methods):
        measured = ((cost(found.pattern, method, attack, LENGTH), attack) for attack in attacks)
        for _, attack in _slowest(measured):
            if not is_linear(partial(cost, found.pattern, method, attack)):
                return f"{found.place}.{method}: is not linear for {attack}"
    return None


def _slowest(measured: Iterable[tuple[float, Attack]]) -> list[tuple[float, Attack]]:
    """Return the attacks that took longest; the first that took very long is enough."""
    slowest: list[tuple[float, Attack]] = []
    for pair in measured:
        slowest = heapq.nlargest(WORST, [*slowest, pair])
        if pair[0] > FREE:
            break
    return slowest


@cache
def expressions() -> list[Found]:
    """Return the expressions in the code, and those in the shipped list of sites."""
    found, _ = found_patterns()
    sites = [
        Found(f"site_feeds.toml: {rule.page}", re.compile(rule.page), frozenset({"fullmatch"})) for rule in site_rules()
    ]
    tested = (one for one in [*found, *sites] if one.methods)
    return sorted(tested, key=lambda one: one.place)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_expression_is_linear(part: int) -> None:
    weak = [weakness(found) for found in expressions()[part::PARTS]]
    assert [text for text in weak if text] == []


def test_every_expression_is_found() -> None:
    found, unknown = found_patterns()
    assert {one.place for one in unknown} <= {*CONFIGURED, *COVERED_ELSEWHERE}
    places = {one.place for one in found}
    assert places > {
        "aggregator.text.urls._HOST",
        "aggregator.feeds.balance._TOKEN",
        "aggregator.http.headers.retry_after",
    }


@pytest.mark.parametrize(
    ("text", "method"),
    [
        (r"\s*(?:<!--.*?-->\s*)*<html", "match"),
        (r"\s+$", "search"),
        (r"[^=&]+=", "sub"),
        (r"<img[^<>]*?\bsrc='[^'<>]+'[^<>]*>", "search"),
        (r"(?<=[x-z])(?:_[^_]{1,30})+$", "sub"),
        (r"\W*(?:###)\W*", "fullmatch"),
    ],
)
def test_expressions_that_backtrack_are_recognised(text: str, method: str) -> None:
    assert weakness(Found("here", re.compile(text, re.DOTALL), frozenset({method}))) is not None


@pytest.mark.parametrize("text", [r"\s++", r"a[^b]*b?", r"(?:\w++\s?)*+:?", r"x.{0,200}y", r"(?<!\s)\s++$"])
def test_linear_expressions_are_accepted(text: str) -> None:
    assert weakness(Found("here", re.compile(text), frozenset(METHODS))) is None
