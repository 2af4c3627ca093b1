"""The licences are stated alike in the licence files, in the metadata of the wheel, and in README."""

from __future__ import annotations

import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from markdown_pages import TEXTS
from project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DATA = "aggregator/grouping/features/background"
MARKS = {
    "MIT": ("LICENSE", "MIT License"),
    "CC-BY-SA-4.0": (f"{DATA}/LICENSE", "https://creativecommons.org/licenses/by-sa/4.0/"),
}
"""What the file of each licence contains, by its SPDX identifier."""


def test_each_licence_of_the_metadata_has_its_file() -> None:
    assert PROJECT["license"].split(" AND ") == list(MARKS)
    assert PROJECT["license-files"] == [file for file, _ in MARKS.values()]
    for file, mark in MARKS.values():
        assert mark in (ROOT / file).read_text(encoding="utf-8")


def test_each_licence_file_of_the_packages_is_in_the_metadata() -> None:
    folders = (ROOT / "aggregator", ROOT / "plugins")
    files = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("LICEN[CS]E*")}
    assert files == set(PROJECT["license-files"]) - {"LICENSE"}


def test_the_licence_and_the_readme_name_the_exception() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert f"{DATA}/" in text
    assert "CC-BY-SA-4.0" in text
    sentence = TEXTS["README.md"].partition("## Licence")[2]
    assert "(LICENSE)" in sentence
    assert f"({DATA}/LICENSE)" in sentence
    assert "CC BY-SA 4.0" in sentence


@pytest.mark.e2e
@pytest.mark.timeout(0)  # as long as the package index takes
def test_the_wheel_states_the_licences_and_contains_their_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(name))
        assert metadata["License-Expression"] == PROJECT["license"]
        assert metadata.get_all("License-File") == PROJECT["license-files"]
        for file in PROJECT["license-files"]:
            assert archive.read(f"{Path(name).parent}/licenses/{file}") == (ROOT / file).read_bytes()
