"""The wheel, and environments made with it: what somebody has who has only pip."""

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
    """Run pip. Where it cannot install anything the test is skipped, but not in CI."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    message = f"pip {arguments[0]} failed: {done.stderr.strip().splitlines()[-1:]}"
    unreachable = any(sign in done.stderr for sign in ("No matching distribution", "connection broken"))
    if unreachable and not os.environ.get("CI"):
        pytest.skip(f"{message}; this test needs a package index")
    pytest.fail(f"{message}\n{done.stderr}")


@contextmanager
def alone(factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that all processes of a run share, for one of them at a time: what one has made, the others find."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "workshop"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that neither old build folders get in nor new ones are left behind."""
    with alone(tmp_path_factory) as folder:
        if not [*folder.glob("*.whl")]:
            build(folder)
        [built] = folder.glob("*.whl")
    return built


def build(folder: Path) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and what it asks for, nothing else."""
    with alone(tmp_path_factory) as folder:
        python = folder / "environment" / "bin" / "python"
        if not (folder / "installed").exists():
            environment(folder / "environment")
            pip("install", "--constraint", str(ROOT / "constraints.txt"), str(wheel), python=python)
            (folder / "installed").touch()
    return python


def environment(folder: Path, beside: Path | None = None) -> Path:
    """The Python of a new environment. `beside`: the Python of another, whose packages it has, too."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    if beside:
        [site], [other] = (env.glob("lib/*/site-packages") for env in (folder, beside.parents[1]))
        (site / "beside.pth").write_text(f"{other}\n")
    return folder / "bin" / "python"


def call(python: Path, *arguments: str, folder: Path) -> str:
    """What `aggregate ARGUMENTS` prints in an environment. It succeeds, and says nothing else."""
    command = [str(python), "-m", "aggregator", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
