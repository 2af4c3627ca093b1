"""The import of numpy: its variable is set for it alone, and what the user has set is kept."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

VARIABLE = "NPY_DISABLE_CPU_FEATURES"
CODE = f"""
import os, sys
from aggregator.grouping.group import group
from aggregator.grouping.settings import StoriesSettings
from aggregator.grouping.types import GroupingContext
assert "numpy" not in sys.modules
group([], GroupingContext(grouped=[], lookup=lambda _: {{}}), StoriesSettings())
import numpy as np
from numpy._core._multiarray_umath import __cpu_features__ as features
assert sorted(np.array([3, 1, 2])) == [1, 2, 3]
print(os.environ.get("{VARIABLE}"), features.get("X86_V4", False) or features.get("AVX512_SKX", False))
"""


@pytest.mark.e2e
@pytest.mark.parametrize("chosen", [None, "AVX512_SPR"])
def test_numpy_is_imported_without_avx512_and_other_programs_are_not_affected(chosen: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environment |= {VARIABLE: chosen} if chosen else {}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    variable, has_avx512 = done.stdout.split()
    assert variable == str(chosen)
    assert chosen or has_avx512 == "False"


AHEAD = """
import sys, threading
from aggregator.grouping.group import import_ahead
for _ in range(2):
    import_ahead()
threads = [thread for thread in threading.enumerate() if thread.daemon]
for thread in threads:
    thread.join()
print(len(threads), "aggregator.grouping.grouper" in sys.modules)
"""


@pytest.mark.e2e
def test_what_grouping_needs_is_imported_in_one_thread() -> None:
    done = subprocess.run([sys.executable, "-c", AHEAD], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1 True\n", "")
