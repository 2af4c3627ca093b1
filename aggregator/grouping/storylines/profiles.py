"""Profiles: the most telling words of a story, in a fixed number of bytes.

The records of articles are deleted soon after the window; the profile of a story is kept for weeks, so that later
stories can be compared with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import IN_SUMMARY, IN_TITLE, IS_NUMBER, RARITY_STEPS, WIDTH, Records
from aggregator.grouping.features.run_length import Floats, Ints, find_runs, rank_in_run, stable_argsort
from aggregator.grouping.pairs.arrays import NAME_WEIGHT, TITLE_WEIGHT, Bools
from aggregator.grouping.types import RECORD_VERSION
from aggregator.runtime.second_process import both, has_second_process

WORDS = 12
"""Words of a profile: the most telling ones."""
MEMBER_SHARE = 0.2
"""Share of the articles of a story that contain a word of its profile, at least; and two articles, if it has two."""
MIN_RARITY = 2.0
"""Rarity from which a word is telling: a word in one of seven articles is not."""
BATCH = 2000
"""Stories that are read together: intermediate arrays fit into the processor's cache."""
NAME, TITLE = 1, 2
"""Flags of a word: it is a name; most articles that contain it have it in the title."""

PROFILE = np.dtype(
    [
        ("version", np.uint8),  # `RECORD_VERSION`, since it determines the hashes
        ("outlet", np.uint32),  # a hash of the outlet, 0 for several
        ("words", np.uint32, WORDS),  # hashes, the most telling first; 0 where there are no more
        ("rarity", np.uint8, WORDS),  # in steps of 1 / `RARITY_STEPS`
        ("weights", np.uint8, WORDS),  # rows have a Euclidean norm of about 255
        ("flags", np.uint8, WORDS),
    ]
)
_TIMES = 1 + np.log(np.maximum(TITLE_WEIGHT * np.arange(4)[:, None] + np.arange(4), 1)).astype(np.float32)
"""Weight of a word by how often it occurs in the title (row) and in the lead of the summary (column)."""
Profiles = npt.NDArray[Any]
"""One `PROFILE` per story."""


def read_profiles(stored: bytes) -> Profiles:
    """Return stored profiles that are one after the other."""
    return np.frombuffer(stored, PROFILE)


def is_current(stored: bytes) -> bool:
    """Return whether a stored profile can be compared with new ones."""
    return len(stored) == PROFILE.itemsize and stored[0] == RECORD_VERSION


def make_profiles(records: Records, sizes: Ints, outlets: npt.NDArray[np.uint32]) -> Profiles:
    """Return the profile of each story. `records`, `outlets`: of the articles, story by story; `sizes`: of stories."""
    half = len(sizes) // 2 // BATCH * BATCH
    if not half or not has_second_process():
        return _profiles_of(records, sizes, outlets)
    end = int(sizes[:half].sum())
    first, second = (records[:end], sizes[:half], outlets[:end]), (records[end:], sizes[half:], outlets[end:])
    return np.concatenate(both(_profiles_of, first, second))


def _profiles_of(records: Records, sizes: Ints, outlets: npt.NDArray[np.uint32]) -> Profiles:
    ends = np.concatenate(([0], np.cumsum(sizes)))
    batches = []
    for start in range(0, len(sizes), BATCH):
        part = sizes[start : start + BATCH]
        articles = slice(ends[start], ends[start + len(part)])
        batches.append(_make_batch(records[articles], part, outlets[articles]))
    return np.concatenate(batches)


def _make_batch(records: Records, sizes: Ints, outlets: npt.NDArray[np.uint32]) -> Profiles:
    profiles = np.zeros(len(sizes), PROFILE)
    profiles["version"] = RECORD_VERSION
    starts = np.cumsum(sizes) - sizes
    same = np.maximum.reduceat(outlets, starts) == np.minimum.reduceat(outlets, starts)
    profiles["outlet"] = np.where(same, outlets[starts], 0)
    words = _weigh_words(records, sizes)
    if words is None:
        return profiles
    heaviest = stable_argsort(words.story << 32 | (1 << 31) - (words.weight * (1 << 16)).astype(np.int64))
    story = words.story[heaviest]
    column = rank_in_run(*find_runs(story))
    fits = column < WORDS
    chosen, cell = heaviest[fits], (story[fits], column[fits])
    profiles["words"][cell] = words.word[chosen]
    profiles["rarity"][cell] = words.rarity[chosen]
    profiles["flags"][cell] = NAME * words.name[chosen] + TITLE * words.title[chosen]
    weights = np.zeros((len(sizes), WORDS), np.float32)
    weights[cell] = words.weight[chosen]
    profiles["weights"] = np.round(weights * 255 / np.maximum(np.linalg.norm(weights, axis=1), 1e-9)[:, None])
    return profiles


class _Words(NamedTuple):
    """The words of stories: arrays with an element for each word of each story, story by story."""

    story: Ints
    word: npt.NDArray[np.uint32]
    rarity: Ints
    name: Bools
    title: Bools
    weight: Floats


def _weigh_words(records: Records, sizes: Ints) -> _Words | None:
    """Return the words that the articles of each story share, None if there are none.

    A word weighs more the rarer it is, the more articles contain it, and the more often they do; names weigh more.
    """
    marks, rarity = records["marks"], records["rarity"]
    telling = (rarity >= MIN_RARITY * RARITY_STEPS) & (records["words"] > 0) & (marks & IS_NUMBER == 0)
    if not telling.any():
        return None
    owner = np.repeat(np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes), telling.sum(axis=1))
    key = owner << np.uint64(32) | records["words"][telling]
    order = stable_argsort(key)
    starts, count = find_runs(key[order])
    key, size = key[order[starts]], sizes[owner[order[starts]].astype(np.int64)]
    bits = records["name_bits"][:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)
    in_title, in_summary = marks[telling] >> IN_TITLE & 3, marks[telling] >> IN_SUMMARY & 3
    # Three sums in one: of rarity, of articles with the word in the title, and of articles in which it is a name.
    packed = rarity[telling].astype(np.int64) << 40 | (in_title > 0).astype(np.int64) << 20 | bits[telling]
    sums = np.add.reduceat(packed[order], starts)
    times = np.add.reduceat(_TIMES[in_title, in_summary][order], starts)
    shared = (count >= np.minimum(size, 2)) & (count >= MEMBER_SHARE * size)
    key, count, size, sums, times = key[shared], count[shared], size[shared], sums[shared], times[shared]
    mean_rarity, name = (sums >> 40) // count, 2 * (sums & 0xFFFFF) >= count
    weight = mean_rarity * np.where(name, np.float32(NAME_WEIGHT), np.float32(1)) * times / size
    return _Words(
        story=(key >> np.uint64(32)).astype(np.int64),
        word=key.astype(np.uint32),
        rarity=mean_rarity,
        name=name,
        title=2 * (sums >> 20 & 0xFFFFF) >= count,
        weight=weight.astype(np.float32),
    )
