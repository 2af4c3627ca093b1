"""Shared fixtures: a clean environment, a project folder for the command, a publisher on loopback."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import browser
from hypothesis import settings
from postgresql_server import postgresql_server, postgresql_url
from project import ROOT, Project
from publisher import publisher
from stores import database, store, store_location
from temporary_files import keep_temporary_files_in_memory
from wheel_install import distributions, installed, wheel

from aggregator.ingest import normalise
from aggregator.runtime.worker_start import MIN_CALLS
from aggregator.text import secrets

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # background jobs of a shell ignore it, and so would children
    signal.signal(signal.SIGINT, signal.default_int_handler)
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):  # each process that a test starts would compile every module
    sys.dont_write_bytecode = False
keep_temporary_files_in_memory()
settings.register_profile("no deadline", deadline=None)  # a slow machine does not make an example wrong
settings.load_profile("no deadline")

__all__ = [
    "browser",
    "database",
    "distributions",
    "installed",
    "postgresql_server",
    "postgresql_url",
    "publisher",
    "store",
    "store_location",
    "wheel",
]


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    on_postgresql = getattr(request, "param", "sqlite") == "postgresql"
    return Project(tmp_path, request.getfixturevalue("postgresql_url") if on_postgresql else None)


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: tests that wait for processes, timeouts and browsers use none."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests with the mark `both_databases` with either database as the store of their project."""
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("project", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def mypy_environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """Variables for mypy: it does not find editable installs, and all tests share its cache."""
    assert request.config.cache
    return {"MYPYPATH": str(ROOT), "MYPY_CACHE_DIR": str(request.config.cache.mkdir("mypy"))}


@pytest.fixture(autouse=True)
def clean_environment() -> Iterator[None]:
    """Remove the variables that the command reads, and restore the environment and what is hidden after the test."""
    saved = dict(os.environ)
    secrets._hidden.clear()
    normalise.CALLS_OF_ONE = MIN_CALLS  # a process for each preview takes a minute; commands run as processes start it
    for name in ("AGGREGATE_CONFIG", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(saved)
