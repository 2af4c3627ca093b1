"""Imports numpy without AVX-512, with which AMD's Zen 4 sorts four times as long as with AVX2.

It executes in microcode the instruction with which numpy compresses to memory
(https://github.com/numpy/x86-simd-sort/issues/6), and grouping sorts much. Without effect if numpy was imported before.
"""

from __future__ import annotations

import os
import warnings
from importlib.metadata import PackageNotFoundError, distribution

_DISABLED = "NPY_DISABLE_CPU_FEATURES"
"""The variable of the environment that numpy reads when it is imported."""
_AVX512 = "X86_V4 AVX512_SKX"
"""Its name from numpy 2.4 on, and before."""


def _is_portable() -> bool:
    """Whether numpy was built for any processor of this kind. One built for this machine may require AVX-512, and then
    cannot be imported without."""
    try:
        return "manylinux" in (distribution("numpy").read_text("WHEEL") or "")
    except PackageNotFoundError:
        return False


_set = _DISABLED not in os.environ and _is_portable()
if _set:
    os.environ[_DISABLED] = _AVX512
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # the processor, or this version of numpy, has no such thing
        import numpy as np
finally:
    if _set:
        del os.environ[_DISABLED]  # other programs may prefer it

__all__ = ["np"]
