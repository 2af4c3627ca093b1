"""Fixtures that all tests share: a clean environment, a project folder for the command, a publisher on loopback."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from project import Project
from publisher import publisher
from wheel_install import installed, wheel

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell; programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("patient", deadline=None)  # how long an example takes says nothing of whether it is right
settings.load_profile("patient")

__all__ = ["installed", "publisher", "wheel"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """Each test starts without the variables that the command obeys."""
    saved = dict(os.environ)
    for name in ("AGGREGATE_CONFIG", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(saved)
