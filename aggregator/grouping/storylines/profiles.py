"""Profiles: the most telling words of a story, in a fixed number of bytes.

The records of articles are deleted soon after the window; the profile of a story is kept for weeks, so that later
stories can be compared with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import IN_SUMMARY, IN_TITLE, IS_NUMBER, RARITY_STEPS, WIDTH, Records
from aggregator.grouping.features.run_length import Ints, find_runs, rank_in_run
from aggregator.grouping.pairs.arrays import NAME_WEIGHT, TITLE_WEIGHT
from aggregator.grouping.types import RECORD_VERSION

WORDS = 12
"""Words of a profile: the most telling ones."""
MEMBER_SHARE = 0.2
"""Share of the articles of a story that contain a word of its profile, at least; and two articles, if it has two."""
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
    profiles = np.zeros(len(sizes), PROFILE)
    profiles["version"] = RECORD_VERSION
    starts = np.cumsum(sizes) - sizes
    single = np.maximum.reduceat(outlets, starts) == np.minimum.reduceat(outlets, starts)
    profiles["outlet"] = np.where(single, outlets[starts], 0)
    story, word, rarity, name, title, weight = _weigh_words(records, sizes)
    order = np.lexsort((word, -weight, story))
    column = np.empty(len(order), np.int64)
    column[order] = rank_in_run(*find_runs(story[order]))
    fits = np.flatnonzero(column < WORDS)
    cell = story[fits], column[fits]
    profiles["words"][cell] = word[fits]
    profiles["rarity"][cell] = np.round(rarity[fits] * RARITY_STEPS)
    profiles["flags"][cell] = NAME * name[fits] + TITLE * title[fits]
    weights = np.zeros((len(sizes), WORDS), np.float32)
    weights[cell] = weight[fits]
    weights /= np.maximum(np.linalg.norm(weights, axis=1), 1e-9)[:, None]
    profiles["weights"] = np.round(weights * 255)
    return profiles


def _weigh_words(records: Records, sizes: Ints) -> tuple[Any, ...]:
    """Return, for each word of each story: story, word, rarity, whether it is a name and in the title, and weight.

    A word weighs more the rarer it is, the more articles contain it, and the more often they do; names weigh more.
    """
    marks = records["marks"]
    used = (records["words"] > 0) & (marks & IS_NUMBER == 0)
    bits = records["name_bits"][:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)
    in_title, in_summary = (marks >> IN_TITLE & 3)[used], (marks >> IN_SUMMARY & 3)[used]
    owner = np.repeat(np.repeat(np.arange(len(sizes)), sizes), used.sum(axis=1))
    key = owner.astype(np.uint64) << np.uint64(32) | records["words"][used]
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts, count = find_runs(key)
    times = 1 + np.log(np.maximum(TITLE_WEIGHT * in_title + in_summary, 1))
    values = (records["rarity"][used] / RARITY_STEPS, bits[used], in_title > 0, times)
    sums = [np.add.reduceat(value[order].astype(np.float32), starts) for value in values] if len(key) else [key] * 4
    story, word = (key[starts] >> np.uint64(32)).astype(np.int64), key[starts].astype(np.uint32)
    size = sizes[story]
    shared = (count >= np.minimum(size, 2)) & (count >= MEMBER_SHARE * size)
    rarity, name, title = sums[0] / count, sums[1] >= 0.5 * count, sums[2] >= 0.5 * count
    weight = rarity * np.where(name, NAME_WEIGHT, 1) * sums[3] / size
    return tuple(part[shared] for part in (story, word, rarity, name, title, weight))
