"""Builds the source distribution and the wheel of a commit, the same bytes each time.

    .venv/bin/python release/build_release.py [--tag v1.2.0] [--repository URL] [--revision HEAD] [--out dist]

With `--tag`, refuses a version that the tag or CHANGELOG does not have. With `--repository`, README gets absolute
links and the metadata the URLs of the project: the package index shows both, and the repository itself knows neither.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import tomlkit
from normal_archive import write_normal_archive
from readme_links import absolute_links

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build what the options say into a folder, and check it as the package index does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tag", help="The tag of the release: v and the version.")
    parser.add_argument("--repository", help="URL of the repository, as GitHub serves it.")
    parser.add_argument("--revision", default="HEAD", help="The commit that is built.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    options = parser.parse_args()
    epoch = int(_git("log", "-1", "--format=%ct", options.revision))
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _extract_commit(options.revision, tree)
        if options.tag and (mistake := version_mistake(tree, options.tag)):
            sys.exit(mistake)
        if options.repository:
            name_repository(tree, options.repository, options.tag or options.revision)
        sdist, wheel = build(tree, Path(folder), options.out, epoch)
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel)], check=True)


def version_mistake(tree: Path, tag: str) -> str | None:
    """Return what is wrong if the tag, `aggregator.__version__` and CHANGELOG do not state one version."""
    version = code_version(tree)
    if tag != f"v{version}":
        return f"the tag is {tag}, but aggregator.__version__ is {version}: the tag must be v{version}"
    first = next(iter(changelog_versions(tree)), None)
    if first != version:
        return f"CHANGELOG.md: the first heading must be `## {version} - DATE`, but is that of {first or 'no version'}"
    return None


def code_version(tree: Path) -> str:
    """Return `aggregator.__version__`."""
    [version] = re.findall(r'^__version__ = "(.+)"$', (tree / "aggregator/__init__.py").read_text(), re.MULTILINE)
    return str(version)


def changelog_versions(tree: Path) -> list[str]:
    """Return the headings of CHANGELOG, newest first: versions without their dates, and perhaps `Unreleased`."""
    text = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.findall(r"^## \[?([^\s\]]+)", text, re.MULTILINE)


def name_repository(tree: Path, repository: str, revision: str) -> None:
    """Make the links of README absolute, and add the URLs of the project to its metadata."""
    readme, project = tree / "README.md", tree / "pyproject.toml"
    readme.write_text(absolute_links(readme.read_text(encoding="utf-8"), repository, revision), encoding="utf-8")
    root, document = repository.rstrip("/"), tomlkit.parse(project.read_text(encoding="utf-8"))
    document["project"]["urls"] = {
        "Homepage": root,
        "Documentation": f"{root}/blob/{revision}/docs/README.md",
        "Changelog": f"{root}/blob/{revision}/CHANGELOG.md",
        "Issues": f"{root}/issues",
        "Source": f"{root}/tree/{revision}",
    }
    project.write_text(tomlkit.dumps(document), encoding="utf-8")


def build(tree: Path, folder: Path, out: Path, epoch: int) -> tuple[Path, Path]:
    """Build the source distribution of a tree, and the wheel from it, as an installer that has no wheel does."""
    _run_build("--sdist", tree, folder / "built", epoch)
    [built] = (folder / "built").glob("*.tar.gz")
    out.mkdir(parents=True, exist_ok=True)
    sdist = out / built.name
    write_normal_archive(built, sdist, epoch)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    _run_build("--wheel", folder / "unpacked" / built.name.removesuffix(".tar.gz"), folder / "built", epoch)
    [wheel] = (folder / "built").glob("*.whl")
    return sdist, wheel.replace(out / wheel.name)


def _run_build(kind: str, tree: Path, out: Path, epoch: int) -> None:
    """Run the build backend of this environment, whose version is pinned: a new one may write other bytes."""
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(out), str(tree)]
    done = subprocess.run(
        command, env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _extract_commit(revision: str, tree: Path) -> None:
    """Extract the files of a commit: what is not committed cannot get into a release."""
    archive = tree.with_suffix(".tar")
    _git("archive", f"--output={archive}", revision)
    with tarfile.open(archive) as file:
        file.extractall(tree, filter="data")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
