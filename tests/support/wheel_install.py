"""Fixtures that build the wheel and install it with pip into new virtual environments."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from project import ROOT

PACKAGES = {"aggregator": "aggregator", "plugins": "aggregator_plugins"}


def pip(*arguments: str, python: str | Path = sys.executable) -> None:
    """Run pip for the environment of this Python. If packages cannot be downloaded, skip the test, but not in CI."""
    command = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    message = f"pip {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}"
    unreachable = any(sign in done.stderr for sign in ("No matching distribution", "connection broken"))
    if unreachable and not os.environ.get("CI"):
        pytest.skip(f"{message}; this test needs a package index")
    pytest.fail(f"{message}\n{done.stderr}")


def install(python: Path, *arguments: str) -> None:
    """Install packages of the pinned versions. Modules are compiled when they are imported: few of them are."""
    pip("install", "--no-compile", "--constraint", str(ROOT / "constraints.txt"), *arguments, python=python)


@contextmanager
def locked_shared_folder(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Lock a folder that all test processes of a session share, so that each file in it is made once."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built once a session from a copy of the sources: no old build folder gets in, none is left."""
    with locked_shared_folder(tmp_path_factory) as folder:
        if not [*folder.glob("*.whl")]:
            build(folder)
        [path] = folder.glob("*.whl")
    return path


def build(folder: Path) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and its dependencies only, made once a session."""
    with locked_shared_folder(tmp_path_factory) as folder:
        python = folder / "environment" / "bin" / "python"
        if not (folder / "installed").exists():
            environment(folder / "environment")
            install(python, str(wheel))
            (folder / "installed").touch()
    return python


def environment(folder: Path, base: Path | None = None) -> Path:
    """Make an environment without pip and return its Python. `base`: the Python of one whose packages it sees."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    if base:
        [site], [base_site] = (env.glob("lib/*/site-packages") for env in (folder, base.parents[1]))
        (site / "base.pth").write_text(f"{base_site}\n")
    return folder / "bin" / "python"


def call(python: Path, *arguments: str, folder: Path) -> str:
    """Return what `aggregate ARGUMENTS` prints in an environment; assert that it succeeds without a message."""
    command = [str(python), "-m", "aggregator", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
