"""The articles of a window of time as arrays."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from aggregator.grouping.features.records import IN_SUMMARY, IN_TITLE, IS_NUMBER, WIDTH, Records
from aggregator.grouping.pairs.run_length import Ints

AT_ONCE = 4096
"""Articles laid out at once: what is made of them on the way fits into the processor's cache."""
AS_NAME, IN_A_TITLE = 1.5, 2.0
"""How much more a word weighs as a name, and in a title."""
TITLE, SUMMARY, NAME, NUMBER = (np.uint8(1 << n) for n in range(4))
"""What a word is: flags of `Window.flags`."""

_COUNTED = np.array(
    [[1 + np.log(max(IN_A_TITLE * title + lead, 1)) for lead in range(4)] for title in range(4)], np.float32
)
"""What a word counts for by how often it stands in title and summary."""

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Window(msgspec.Struct, frozen=True):
    """Articles, by time. Arrays of two dimensions have a row an article and a column a word of its record.

    `words`: as numbers, 0 where there are no more; `flags`: where each stands and what it is; `rarity`: how telling it
    is, in steps of 1 / `RARITY`; `weight`: what it counts for in the article, the square sum of a row being 1;
    `length`, `summary`: different words of each article, and words of its summary; `time`: epoch seconds; `outlet`: a
    number for each.
    """

    words: npt.NDArray[np.uint32]
    flags: npt.NDArray[np.uint8]
    rarity: npt.NDArray[np.uint8]
    weight: Floats
    length: Floats
    summary: Floats
    time: Ints
    outlet: Ints

    def __len__(self) -> int:
        return len(self.words)


def look_at(records: Records, rows: Ints, time: Ints, outlet: Ints) -> Window:
    """Lay out these rows of the records. They must be in the order of their time. `time`, `outlet`: of each."""
    size = len(rows), WIDTH
    words, flags, rarity = np.empty(size, np.uint32), np.empty(size, np.uint8), np.empty(size, np.uint8)
    weight = np.empty(size, np.float32)
    for start in range(0, len(rows), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        record = records[rows[some]]
        words[some], rarity[some] = record["words"], record["rarity"]
        flags[some], weight[some] = _laid_out(record)
    length, summary = records["length"][rows].astype(np.float32), records["summary"][rows].astype(np.float32)
    return Window(words, flags, rarity, weight, length, summary, time, outlet)


def _laid_out(records: Records) -> tuple[npt.NDArray[np.uint8], Floats]:
    """Flags and weights of the words of some articles."""
    marks = records["marks"]
    title, summary = marks >> IN_TITLE & 3, marks >> IN_SUMMARY & 3
    name = records["names"][:, None] >> np.arange(WIDTH, dtype=np.uint32) & np.uint32(1)
    flags = np.zeros(marks.shape, np.uint8)
    for flag, where in ((TITLE, title), (SUMMARY, summary), (NAME, name), (NUMBER, marks & IS_NUMBER)):
        flags[where > 0] |= flag
    counts = _COUNTED[title, summary] * records["rarity"] * np.where(name > 0, np.float32(AS_NAME), np.float32(1))
    length = np.sqrt(np.einsum("ij,ij->i", counts, counts))
    counts /= np.maximum(length, np.float32(1e-9))[:, None]
    return flags, counts
