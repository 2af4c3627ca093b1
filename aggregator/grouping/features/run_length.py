"""Sorting, and runs of equal values in sorted arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def find_runs(values: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the start and the length of each run of equal values."""
    starts_run = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=starts_run[1:])
    starts = np.flatnonzero(starts_run)
    return starts, np.diff(starts, append=len(values))


def rank_in_run(starts: Ints, lengths: Ints) -> Ints:
    """Return the offset of each value in its run, from 0."""
    return np.arange(int(lengths.sum())) - np.repeat(starts, lengths)


def stable_argsort(values: npt.NDArray[Any]) -> Ints:
    """Return the indices that sort numbers from zero on; of equal ones, the first comes first.

    Numbers that contain their index are sorted several times as fast as `np.argsort(values, kind="stable")` does it.
    """
    index_bits = len(values).bit_length()
    if int(values.max(initial=0)).bit_length() + index_bits > 64:
        return np.argsort(values, kind="stable")
    with_index = values.astype(np.uint64) << np.uint64(index_bits) | np.arange(len(values), dtype=np.uint64)
    with_index.sort()
    return (with_index & np.uint64((1 << index_bits) - 1)).astype(np.int64)
