"""Runs the tests of the examples in this environment."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from project import ROOT

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("folder", ["tests", "aggregate-quakes"])
def test_tests_of_example_pass(folder: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-o", "pythonpath=src"]
    done = subprocess.run(
        [*command, "."], cwd=EXAMPLES / folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
