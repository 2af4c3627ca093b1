"""Imports numpy without AVX-512, with which AMD's Zen 4 sorts four times as long as with AVX2.

It executes in microcode the instruction with which numpy compresses to memory
(https://github.com/numpy/x86-simd-sort/issues/6), and grouping sorts much. Without effect if numpy was imported before.
"""

from __future__ import annotations

import os
import warnings

_DISABLED = "NPY_DISABLE_CPU_FEATURES"
"""The variable of the environment that numpy reads when it is imported."""
_AVX512 = "X86_V4 AVX512_SKX"
"""Its name from numpy 2.4 on, and before."""

_chosen = os.environ.get(_DISABLED)
os.environ.setdefault(_DISABLED, _AVX512)
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # the processor, or this version of numpy, has no such thing
        import numpy as np
finally:
    if _chosen is None:
        del os.environ[_DISABLED]  # other programs may prefer it

__all__ = ["np"]
