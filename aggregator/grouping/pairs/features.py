"""What speaks for two articles telling one story, and what against: one number each, a column of a table.

Words count by how telling they are in the window. Names, other words and numbers are weighed apart, since two affairs
of one person share the names, two days of a market report the words, and neither shares both.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import RARITY, WIDTH
from aggregator.grouping.pairs.arrays import AT_ONCE, NAME, NUMBER, SUMMARY, TITLE, Bools, Floats, Window
from aggregator.grouping.pairs.run_length import Ints, place_in_run, runs

STEP = 16384
"""Pairs looked at together: their arrays fit into the processor's cache."""
LEAST = 0.10
"""Pairs of a lower cosine are not looked at any further."""

TOLD = 3.0
"""Shared words of this rarity are named as reasons: those in one of twenty articles say nothing to a reader."""

KINDS: dict[str, int] = {
    "cosine": 1,  # likeness of all words, 0 to 1
    "cosine_long": 1,  # the same where both have a summary, else 0
    "titles": 1,  # likeness of the titles
    "contained": 1,  # the larger share of a title that the other article holds
    "contained_both": 1,  # the smaller one
    "contained_bare": 1,  # the same where one has no summary, else 0
    "rarest": 1,  # rarity of the rarest word shared
    "names_and_words": 1,  # geometric mean of the rarity of shared names and other words
    "other_words": 1,  # rarity of shared words that are no names
    "title_words": 1,  # the same, in both titles
    "title_names": 1,  # names in both titles
    "words_contained": 1,  # the larger share of a title's other words that the other article holds
    "names_contained": 1,  # the smaller share of a title's names that the other article holds
    "numbers": 1,  # rarity of shared numbers
    "numbers_apart": -1,  # numbers that the one with fewer does not share
    "own_names": -1,  # rarity of a title's names that the other lacks, the smaller of both
    "own_names_most": -1,  # the larger
    "same_outlet_own_names": -1,  # own_names where the outlet is the same, else 0
    "same_outlet_unlike": -1,  # one minus cosine where the outlet is the same, else 0
    "same_outlet_template": -1,  # titles more alike than summaries, where the outlet is the same
    "hours": -1,  # between them
    "words_least": 0,  # words of the shorter and the longer article, and of their summaries
    "words_most": 0,
    "summary_least": 0,
    "summary_most": 0,
}
"""The columns. 1: more of it speaks for one story; -1: against; 0: says how to read the others."""

BARE = 6
"""A summary of fewer words is none."""


Evidence = Floats
"""A row for each of `KINDS`, a column a pair."""


class _Totals(msgspec.Struct, frozen=True):
    """Sums over each article's words. `title_words`: of those that are neither names nor numbers."""

    title: Floats
    title_names: Floats
    title_words: Floats
    title_norm: Floats
    summary_norm: Floats
    numbers: Floats


def totals(window: Window) -> _Totals:
    """What `weigh` needs of each article by itself."""
    made = _Totals(*(np.empty(len(window), np.float32) for _ in _Totals.__struct_fields__))
    for start in range(0, len(window), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        flags, rarity = window.flags[some], window.rarity[some] * np.float32(1 / RARITY)
        title, name, number = flags & TITLE > 0, flags & NAME > 0, flags & NUMBER > 0
        made.title[some] = _sum(rarity, title)
        made.title_names[some] = _sum(rarity, title & name)
        made.title_words[some] = _sum(rarity, title & ~name & ~number)
        made.title_norm[some] = np.sqrt(_sum(rarity * rarity, title))
        made.summary_norm[some] = np.sqrt(_sum(rarity * rarity, flags & SUMMARY > 0))
        made.numbers[some] = number.sum(axis=1)
    return made


def _sum(values: Floats, where: Bools) -> Floats:
    total: Floats = np.einsum("ij,ij->i", values, where.astype(np.float32))
    return total


class _Shared(msgspec.Struct, frozen=True):
    """The words that pairs share, one after the other: of which pair, where in both articles' rows (row * `WIDTH` +
    column), what they are in each (`Window.flags`), how telling."""

    pair: Ints
    a: Ints
    b: Ints
    in_a: npt.NDArray[np.uint8]
    in_b: npt.NDArray[np.uint8]
    rarity: Floats
    pairs: int

    def total(self, where: Bools | None = None, power: int = 1) -> Floats:
        """The rarity of each pair's shared words, or of some of them."""
        values = self.rarity**power if where is None else self.rarity**power * where
        return np.bincount(self.pair, values, minlength=self.pairs).astype(np.float32)

    def only(self, kept: Ints) -> _Shared:
        """Those of the pairs `kept`."""
        number = np.full(self.pairs, -1)
        number[kept] = np.arange(len(kept))
        there = number[self.pair] >= 0
        return _Shared(
            number[self.pair[there]],
            self.a[there],
            self.b[there],
            self.in_a[there],
            self.in_b[there],
            self.rarity[there],
            len(kept),
        )


def _find_shared(window: Window, a: Ints, b: Ints) -> _Shared:
    """Sort the words of both articles of each pair together: what is shared then stands side by side.

    A key holds as much of the word as fits (26 bits, of which two articles share none by chance), whose it is, and its
    column.
    """
    keys = np.concatenate((window.words[a], window.words[b]), axis=1)
    keys <<= np.uint32(6)
    keys |= np.where(keys > 0, np.arange(2 * WIDTH, dtype=np.uint32), np.uint32(0))
    keys.sort(axis=1)
    word = keys >> np.uint32(6)
    shared = np.zeros(keys.shape, bool)
    shared[:, :-1] = (word[:, 1:] == word[:, :-1]) & (word[:, 1:] > 0)
    place = np.flatnonzero(shared)
    pair = place // (2 * WIDTH)
    in_a = a[pair] * WIDTH + (keys.take(place) & np.uint32(WIDTH - 1))
    in_b = b[pair] * WIDTH + (keys.take(place + 1) & np.uint32(WIDTH - 1))
    rarity = np.minimum(window.rarity.take(in_a), window.rarity.take(in_b)) * np.float32(1 / RARITY)
    return _Shared(pair, in_a, in_b, window.flags.take(in_a), window.flags.take(in_b), rarity, len(a))


def weigh(window: Window, of: _Totals, a: Ints, b: Ints) -> tuple[Ints, Evidence]:
    """Which of these pairs share enough to ask, and the evidence about them."""
    shared = _find_shared(window, a, b)
    weight = window.weight.take(shared.a) * window.weight.take(shared.b)
    cosine = np.bincount(shared.pair, weight, minlength=len(a)).astype(np.float32)
    kept = np.flatnonzero(cosine >= LEAST)
    shared, a, b, cosine = shared.only(kept), a[kept], b[kept], cosine[kept]
    found = {"cosine": cosine} | _wording(window, of, shared, a, b) | _substance(of, shared, a, b)
    found |= _outlet(window, a, b, found)
    found["cosine_long"] = np.where(found["summary_least"] < BARE, 0, cosine)
    return kept, np.array([found[kind] for kind in KINDS], np.float32).reshape(len(KINDS), len(kept))


def _wording(window: Window, of: _Totals, shared: _Shared, a: Ints, b: Ints) -> dict[str, Floats]:
    """How alike the texts are, and how long."""
    in_a, in_b = shared.in_a & TITLE > 0, shared.in_b & TITLE > 0
    inside = shared.total(in_a) / _least(of.title[a]), shared.total(in_b) / _least(of.title[b])
    both_summaries = shared.in_a & shared.in_b & SUMMARY > 0
    summary, length = window.summary, window.length
    shorter = np.minimum(summary[a], summary[b])
    contained = np.minimum(*inside)
    return {
        "titles": shared.total(in_a & in_b, 2) / _least(of.title_norm[a] * of.title_norm[b]),
        "summaries": shared.total(both_summaries, 2) / _least(of.summary_norm[a] * of.summary_norm[b]),
        "contained": np.maximum(*inside),
        "contained_both": contained,
        "contained_bare": np.where(shorter < BARE, contained, 0),
        "words_least": np.minimum(length[a], length[b]),
        "words_most": np.maximum(length[a], length[b]),
        "summary_least": shorter,
        "summary_most": np.maximum(summary[a], summary[b]),
    }


def _substance(of: _Totals, shared: _Shared, a: Ints, b: Ints) -> dict[str, Floats]:
    """What names, numbers and other words they share, and which not."""
    in_a, in_b = shared.in_a & TITLE > 0, shared.in_b & TITLE > 0
    name_a, name_b = shared.in_a & NAME > 0, shared.in_b & NAME > 0
    number = shared.in_a & NUMBER > 0
    name, word = name_a | name_b, ~(name_a | name_b | number)
    names, words = shared.total(name), shared.total(word)
    named = shared.total(in_a & name_a), shared.total(in_b & name_b)
    own = of.title_names[a] - named[0], of.title_names[b] - named[1]
    worded = shared.total(in_a & ~name_a & ~number), shared.total(in_b & ~name_b & ~number)
    numbers = np.bincount(shared.pair, number, minlength=shared.pairs)
    return {
        "rarest": _rarest(shared),
        "names_and_words": np.sqrt(names * words),
        "other_words": words,
        "title_words": shared.total(word & in_a & in_b),
        "title_names": shared.total(name & in_a & in_b),
        "words_contained": np.maximum(*(x / _least(of.title_words[y]) for x, y in zip(worded, (a, b), strict=True))),
        "names_contained": np.minimum(*(_share(x, of.title_names[y]) for x, y in zip(named, (a, b), strict=True))),
        "numbers": shared.total(number),
        "numbers_apart": np.minimum(of.numbers[a], of.numbers[b]) - numbers,
        "own_names": np.minimum(*own),
        "own_names_most": np.maximum(*own),
    }


def _outlet(window: Window, a: Ints, b: Ints, found: dict[str, Floats]) -> dict[str, Floats]:
    """What an outlet's own series and templates give away; and the time between."""
    same = window.outlet[a] == window.outlet[b]
    return {
        "same_outlet_own_names": same * found["own_names"],
        "same_outlet_unlike": same * (1 - found["cosine"]),
        "same_outlet_template": same * np.maximum(found["titles"] - found["summaries"], 0),
        "hours": np.abs(window.time[b] - window.time[a]) / np.float32(3600),
    }


def _rarest(shared: _Shared) -> Floats:
    found = np.zeros(shared.pairs, np.float32)
    if len(shared.pair):
        first, _ = runs(shared.pair)
        found[shared.pair[first]] = np.maximum.reduceat(shared.rarity, first)
    return found


def _share(part: Floats, whole: Floats) -> Floats:
    """A part of a whole; a half where there is no whole, which says nothing."""
    return np.where(whole > 0, part / _least(whole), np.float32(0.5))


def _least(values: Floats) -> Floats:
    """The values, none so small that one cannot divide by it."""
    return np.maximum(values, np.float32(1e-6))


def telling_words(window: Window, a: Ints, b: Ints, most: int) -> list[list[int]]:
    """For each pair of rows the shared words that say most, the rarest first, as numbers of their records."""
    shared = _find_shared(window, a, b)
    order = np.lexsort((-shared.rarity, shared.pair))
    order = order[shared.rarity[order] >= TOLD]
    pair = shared.pair[order]
    first = place_in_run(*runs(pair)) < most
    words = window.words.take(shared.a[order[first]]).tolist()
    found: list[list[int]] = [[] for _ in a]
    for place, word in zip(pair[first].tolist(), words, strict=True):
        found[place].append(word)
    return found
