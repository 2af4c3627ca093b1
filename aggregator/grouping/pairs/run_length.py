"""Runs of equal values in sorted arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def runs(values: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Where each run of equal values begins, and how long it is."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    first = np.flatnonzero(new)
    return first, np.diff(first, append=len(values))


def place_in_run(first: Ints, length: Ints) -> Ints:
    """The place of each value in its run, from 0."""
    return np.arange(int(length.sum())) - np.repeat(first, length)
