"""The wheel, and environments made with it: what somebody has who has only pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that neither old build folders get in nor new ones are left behind."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))
    [built] = folder.glob("*.whl")
    return built


def install(wheel: Path, folder: Path) -> Path:
    """`aggregate` in an environment that holds the wheel and what it asks for, nothing else."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    constraints = str(ROOT / "constraints.txt")
    pip("install", "--constraint", constraints, str(wheel), python=folder / "bin" / "python")
    return folder / "bin" / "aggregate"


def call(command: Path, *arguments: str, folder: Path) -> str:
    done = subprocess.run([str(command), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
