"""The articles of a window of time as arrays."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import IN_SUMMARY, IN_TITLE, IS_NUMBER, WIDTH, Records
from aggregator.grouping.features.run_length import Floats, Ints

BATCH = 4096
"""Articles that are processed together: intermediate arrays fit into the processor's cache."""
NAME_WEIGHT, TITLE_WEIGHT = 1.5, 2.0
"""Factors for the weight of names, and for occurrences in the title."""
TITLE, SUMMARY, NAME, NUMBER = (np.uint8(1 << n) for n in range(4))
"""Flags of words in `Window.flags`."""

_COUNT_WEIGHTS = np.array(
    [[1 + np.log(max(TITLE_WEIGHT * title + lead, 1)) for lead in range(4)] for title in range(4)], np.float32
)
"""Weight of a word by how often it occurs in the title (row) and in the lead of the summary (column)."""

Bools = npt.NDArray[np.bool_]


class Window(msgspec.Struct, frozen=True):
    """Articles by time. Two-dimensional arrays have a row per article and a column per word of its record.

    `words`: hashes, 0 where there are no more; `flags`: where each word occurs and what it is; `rarity`: in steps of
    1 / `RARITY_STEPS`; `weights`: of each word in its article, rows have a Euclidean norm of 1; `phrases`: hashes.
    By article: `word_counts`: different words; `summary_counts`: words of the summary; `times`: epoch seconds;
    `outlets`: numbers.
    """

    words: npt.NDArray[np.uint32]
    flags: npt.NDArray[np.uint8]
    rarity: npt.NDArray[np.uint8]
    weights: Floats
    phrases: npt.NDArray[np.uint32]
    word_counts: Floats
    summary_counts: Floats
    times: Ints
    outlets: Ints

    def __len__(self) -> int:
        return len(self.words)


def make_window(records: Records, positions: Ints, times: Ints, outlets: Ints) -> Window:
    """Unpack the records at these positions, which must be in order of time. `times`, `outlets`: of each position."""
    shape = len(positions), WIDTH
    words, flags, rarity = np.empty(shape, np.uint32), np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    weights = np.empty(shape, np.float32)
    for start in range(0, len(positions), BATCH):
        batch = slice(start, start + BATCH)
        record = records[positions[batch]]
        words[batch], rarity[batch] = record["words"], record["rarity"]
        flags[batch], weights[batch] = _unpack_words(record)
    word_counts = records["word_count"][positions].astype(np.float32)
    summary_counts = records["summary_count"][positions].astype(np.float32)
    return Window(
        words=words,
        flags=flags,
        rarity=rarity,
        weights=weights,
        phrases=records["phrases"][positions],
        word_counts=word_counts,
        summary_counts=summary_counts,
        times=times,
        outlets=outlets,
    )


def count_before(window: Window, span: float) -> Ints:
    """Return how many articles lie within so many seconds before each, those that it is compared with."""
    count: Ints = np.arange(len(window)) - np.searchsorted(window.times, window.times - span)
    return count


def _unpack_words(records: Records) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Return the flags and the weights of the words of some articles."""
    marks = records["marks"]
    title, summary = marks >> IN_TITLE & 3, marks >> IN_SUMMARY & 3
    name = records["name_bits"][:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)
    flags = np.zeros(marks.shape, np.uint8)
    for flag, where in ((TITLE, title), (SUMMARY, summary), (NAME, name), (NUMBER, marks & IS_NUMBER)):
        flags[where > 0] |= flag
    name_factor = np.where(name > 0, np.float32(NAME_WEIGHT), np.float32(1))
    weights = _COUNT_WEIGHTS[title, summary] * records["rarity"] * name_factor
    norms = np.sqrt(np.einsum("ij,ij->i", weights, weights))
    weights /= np.maximum(norms, np.float32(1e-9))[:, None]
    return flags, weights
