"""Skips a test whose program is not installed, but fails it in continuous integration, which installs every program."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from project import ROOT

CHECKERS = ROOT / "tests" / "checkers"
"""The folder with the npm packages of the tests: package.json pins them, `npm ci` installs them."""
JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss8m", "-Dfile.encoding=UTF-8")
"""Options of Java with which programs that run for a second start sooner."""


def not_installed(what: str, remedy: str) -> NoReturn:
    """Skip the running test, or fail it if the variable CI is set."""
    message = f"{what} is not installed: {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def program(*names: str) -> str:
    """Return the path of the first of these commands that is installed, or skip the test."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or not_installed(names[0], ".ci/run shows the package of Debian that contains it")


def npm_file(path: str) -> Path:
    """Return a file of an installed npm package, or skip the test."""
    file = CHECKERS / "node_modules" / path
    return file if file.is_file() else not_installed(path.split("/")[0], "run `npm ci --prefix tests/checkers`")
