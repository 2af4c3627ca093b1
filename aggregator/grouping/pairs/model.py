"""How strongly two articles seem to tell one story: a number made of the evidence by trained weights.

The number is the logarithm of odds: 0 is even, +2 is 7 to 1 for one story. It is the sum of small tables. Each asks up
to three questions of the evidence ("is the cosine above 0.31?") and adds what the answers are worth; evidence that
speaks for one story can only add, what speaks against can only take away (Friedman, Greedy Function Approximation,
2001, with monotone constraints). The tables are in weights.json; benchmarks/train.py makes them. What they could not
learn, since the sets are of news alone, is added by rule: see `OTHER_TITLE`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from aggregator.grouping.pairs.arrays import Floats, Window
from aggregator.grouping.pairs.features import KINDS, STEP, Evidence, totals, weigh
from aggregator.grouping.pairs.run_length import Ints

_COSINE, _TITLES = list(KINDS).index("cosine"), list(KINDS).index("titles")
ONE_OUTLET, OTHER_TITLE = 0.1, 1.5
"""What two articles of one outlet lose, which seldom tells one story twice; and where their titles share
no word: an author writes of two things in the same words. The labelled sets hold too few of these to learn it."""
PATH = Path(__file__).with_name("weights.json")


class Table(msgspec.Struct, array_like=True, frozen=True):
    """Up to three questions, a kind of evidence and a bound each, and what the answers add.

    The first question is bit 0 of the place in `worth`, set where the evidence is above the bound.
    """

    questions: tuple[tuple[str, float], ...]
    worth: tuple[float, ...]


class Weights(msgspec.Struct, frozen=True):
    """All tables. `trained_on`: a digest of the labelled sets."""

    trained_on: str
    tables: tuple[Table, ...]


@cache
def weights() -> Weights:
    """The weights that the package carries."""
    return msgspec.json.decode(PATH.read_bytes(), type=Weights)


def likeness(window: Window, early: Ints, late: Ints) -> tuple[Floats, Floats]:
    """The log-odds for each pair of rows to tell one story, and how alike their wording is (cosine, 0 to 1).

    Minus infinity, and 0, where too little is shared to ask.
    """
    odds = np.full(len(early), -np.inf, np.float32)
    cosine = np.zeros(len(early), np.float32)
    of = totals(window)
    for start in range(0, len(early), STEP):
        some = slice(start, start + STEP)
        kept, evidence = weigh(window, of, early[some], late[some])
        a, b = early[start + kept], late[start + kept]
        other = (evidence[_TITLES] == 0) & (of.title[a] > 0) & (of.title[b] > 0)
        one_outlet = window.outlet[a] == window.outlet[b]
        odds[start + kept] = add_up(evidence) - one_outlet * np.where(other, OTHER_TITLE, ONE_OUTLET)
        cosine[start + kept] = evidence[_COSINE]
    return odds, cosine


def add_up(evidence: Evidence) -> Floats:
    """The log-odds from a table of evidence, a row a kind."""
    size = evidence.shape[1]
    total, worth = np.zeros(size, np.float32), np.empty(size, np.float32)
    above, answers, place = np.empty(size, np.uint8), np.empty(size, np.uint8), np.empty(size, np.intp)
    for questions, values in _arrays():
        answers[:] = 0
        for bit, (kind, bound) in enumerate(questions):
            np.greater(evidence[kind], bound, out=above.view(bool))
            np.left_shift(above, np.uint8(bit), out=above)
            np.bitwise_or(answers, above, out=answers)
        place[:] = answers
        total += np.take(values, place, out=worth, mode="clip")
    return total


@cache
def _arrays() -> list[tuple[list[tuple[int, np.float32]], Any]]:
    row = {kind: number for number, kind in enumerate(KINDS)}
    return [
        ([(row[kind], np.float32(bound)) for kind, bound in table.questions], np.array(table.worth, np.float32))
        for table in weights().tables
    ]
