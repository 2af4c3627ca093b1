"""Fixtures that build the distributions and install the wheel with pip into new virtual environments."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import build_release
import pytest
from project import ROOT

PACKAGES = {"aggregator": "aggregator", "plugins": "aggregator_plugins"}
EPOCH = 1_700_000_000
"""The time of all files in the distributions that tests build."""


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
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source distribution and the wheel, built once a session as for a release, from the files of the checkout."""
    with locked_shared_folder(tmp_path_factory) as folder:
        if not (folder / "built").exists():
            copy_repository(folder / "source" / "tree")
            build_release.build(folder / "source" / "tree", folder / "source", folder / "dist", EPOCH)
            (folder / "built").touch()
        [sdist], [built] = ((folder / "dist").glob(pattern) for pattern in ("*.tar.gz", "*.whl"))
    return sdist, built


@pytest.fixture(scope="session")
def wheel(distributions: tuple[Path, Path]) -> Path:
    """The wheel of `distributions`."""
    return distributions[1]


def repository_files() -> set[str]:
    """The files of the repository: those that git tracks or would; without git, those of the source distribution."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.rstrip("\0").split("\0")
    else:
        listed = (ROOT / "aggregate_news.egg-info" / "SOURCES.txt").read_text(encoding="utf-8").splitlines()
        names = [name for name in listed if not name.startswith("aggregate_news.egg-info/")]
    return {name for name in names if (ROOT / name).is_file()}


def copy_repository(folder: Path) -> None:
    """Copy the files of the repository: no old build folder gets in, none is left."""
    for name in repository_files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)


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
