"""The distributions hold what they should, are the same bytes each time, and look right on the package index."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import build_release
import pytest
from packaging.metadata import Metadata
from project import ROOT
from wheel_install import EPOCH, copy_repository, repository_files

from aggregator import __version__

BUILT = {"PKG-INFO", "setup.cfg"}
"""What the build backend adds to a source distribution, beside its folder `aggregate_news.egg-info`."""
REPOSITORY = "https://code.example/news/aggregate"


def metadata_of(wheel: Path) -> Metadata:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Metadata.from_email(archive.read(name), validate=True)


@pytest.mark.e2e
def test_source_distribution_holds_the_repository(distributions: tuple[Path, Path]) -> None:
    sdist, _ = distributions
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
        modes = {member.name.partition("/")[2]: member.mode for member in archive.getmembers()}
    added = {name for name in names - repository_files() if not name.startswith("aggregate_news.egg-info/")}
    assert added == BUILT
    assert repository_files() - names == set()
    assert {"README.md", "CHANGELOG.md", "docs/guide.md", "samples/page.html", "tests/conftest.py"} <= names
    assert modes[".ci/run"] == 0o755
    assert modes["README.md"] == 0o644


@pytest.mark.e2e
@pytest.mark.slow
def test_same_files_give_the_same_bytes(distributions: tuple[Path, Path], tmp_path: Path) -> None:
    tree = tmp_path / "elsewhere" / "tree"
    copy_repository(tree)
    for path in tree.rglob("*.md"):
        path.chmod(0o600)
    again = build_release.build(tree, tmp_path, tmp_path / "dist", EPOCH)
    assert [path.name for path in again] == [path.name for path in distributions]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in distributions]


@pytest.mark.e2e
def test_metadata_is_complete(distributions: tuple[Path, Path]) -> None:
    metadata = metadata_of(distributions[1])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata.name == project["name"]
    assert str(metadata.version) == __version__
    assert metadata.author == "The aggregate authors"
    assert str(metadata.requires_python) == project["requires-python"]
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata.classifiers == project["classifiers"]
    assert not [row for row in project["classifiers"] if row.startswith("License ::")]  # License-Expression replaces it
    assert set(project["optional-dependencies"]) == set(metadata.provides_extra or ())


@pytest.mark.e2e
def test_command_has_the_name_of_the_distribution_as_well(distributions: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(distributions[1]) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        text = archive.read(name).decode()
    assert "aggregate = aggregator.cli.main:console\n" in text
    assert f"{metadata_of(distributions[1]).name} = aggregator.cli.main:console\n" in text


@pytest.mark.e2e
@pytest.mark.slow
def test_the_index_accepts_the_distributions(distributions: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, distributions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def release_tree(folder: Path, version: str, heading: str) -> Path:
    (folder / "aggregator").mkdir()
    (folder / "aggregator" / "__init__.py").write_text(f'"""Names."""\n\n__version__ = "{version}"\n')
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading}\n\n### Added\n\n## 1.0.0 - 2026-01-05\n")
    return folder


@pytest.mark.parametrize(
    ("heading", "tag", "mistake"),
    [
        ("## 1.2.0 - 2026-12-01", "v1.2.0", None),
        ("## [1.2.0] - 2026-12-01", "v1.2.0", None),
        ("## 1.2.0 - 2026-12-01", "v1.2.1", "aggregator.__version__ is 1.2.0: the tag must be v1.2.0"),
        ("## 1.2.0 - 2026-12-01", "1.2.0", "the tag must be v1.2.0"),
        ("## Unreleased", "v1.2.0", "must be `## 1.2.0 - DATE`, but is that of Unreleased"),
        ("## 1.2.0rc1 - 2026-12-01", "v1.2.0", "but is that of 1.2.0rc1"),
        ("", "v1.2.0", "but is that of 1.0.0"),
    ],
)
def test_release_whose_versions_disagree_is_refused(
    heading: str, tag: str, mistake: str | None, tmp_path: Path
) -> None:
    found = build_release.version_mistake(release_tree(tmp_path, "1.2.0", heading), tag)
    assert (found is None) if mistake is None else (found is not None and mistake in found)


def test_versions_of_this_checkout_agree() -> None:
    assert build_release.code_version(ROOT) == __version__
    headings = build_release.changelog_versions(ROOT)
    assert headings
    released = [heading for heading in headings if heading != "Unreleased"]
    assert "Unreleased" not in headings[1:]
    assert released[:1] in ([], [__version__])  # none before the first release


@pytest.mark.e2e
def test_version_is_printed() -> None:
    command = [str(Path(sys.executable).with_name("aggregate")), "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1] == __version__


def test_repository_of_a_release_is_in_its_metadata(tmp_path: Path) -> None:
    for name in ("README.md", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    build_release.name_repository(tmp_path, f"{REPOSITORY}/", "v1.2.0")
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    before = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project == before | {"urls": project["urls"]}
    assert project["urls"]["Homepage"] == REPOSITORY
    assert project["urls"]["Changelog"] == f"{REPOSITORY}/blob/v1.2.0/CHANGELOG.md"
    assert f"({REPOSITORY}/blob/v1.2.0/docs/guide.md)" in (tmp_path / "README.md").read_text(encoding="utf-8")
