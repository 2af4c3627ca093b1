"""The wheel holds every file, and works when pip installs it into an empty environment."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from project import ROOT
from wheel_install import PACKAGES, call

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]  # how long downloads take is not ours


def test_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, package in PACKAGES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == expected


def test_installed_wheel_publishes_the_samples(installed: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "samples", project / "samples")
    shutil.copy(ROOT / "config.toml", project)
    command = [str(installed.with_name("aggregate")), "--help"]
    assert "Usage: aggregate" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    listed = json.loads(call(installed, "plugins", "list", "--json", folder=project))
    assert listed["failed"] == []
    assert {"feed", "drop", "rss", "html"} <= {row["name"] for row in listed["plugins"]}
    report = json.loads(call(installed, "run", "--json", folder=project))
    assert report["sources"]["fetched"] == report["sources"]["total"] > 0
    assert (project / "public" / "index.html").stat().st_size > 0
    assert call(installed, "run", folder=project) == ""
