"""The examples, installed into an environment that holds the wheel and pytest, and nothing of this checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from project import ROOT
from publisher import Publisher
from wheel_install import call, environment, install

EXAMPLES = ROOT / "examples"
PACKAGE = "aggregate-quakes"

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(0)]  # how long downloads take is not ours


def serve_recordings(publisher: Publisher, recordings: Path) -> None:
    """Serve the recorded responses under their recorded paths."""
    for file in recordings.glob("*.http"):
        head, _, body = file.read_bytes().partition(b"\n\n")
        path = "/" + head.decode().split("\n")[0].split("/", 3)[3]
        publisher.serve(path, body, content_type="application/json")


@pytest.fixture
def python(installed: Path, tmp_path: Path) -> Path:
    """The Python of an environment that holds the wheel."""
    return environment(tmp_path / "environment", base=installed)


def test_examples_work_with_the_installed_wheel(python: Path, tmp_path: Path, publisher: Publisher) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    install(python, "pytest", str(tmp_path / "examples" / PACKAGE))
    for folder in (tmp_path / "examples" / PACKAGE, tmp_path / "examples" / "tests"):
        assert_pytest_passes(python, folder)

    site = tmp_path / "site"
    (site / "my_plugins").mkdir(parents=True)
    shutil.copy(EXAMPLES / "lobsters.py", site / "my_plugins")
    for folder in (EXAMPLES / PACKAGE / "tests", EXAMPLES / "tests"):
        serve_recordings(publisher, folder / "recordings")
    day = publisher.url("/earthquakes/feed/v1.0/summary/4.5_day.geojson")
    (site / "config.toml").write_text(CONFIG.format(day=day, home=publisher.url("")))
    listed = json.loads(call(python, "plugins", "list", "--json", folder=site))
    assert listed["failed"] == []
    assert {"quakes", "strong_quakes", "lobsters"} <= {row["name"] for row in listed["plugins"]}
    assert "M 6.4 - 58 km SSW of Farvik" in call(python, "preview", "Earthquakes", folder=site)
    options = ("--option", f"url={publisher.url('')}", "--option", "least=80")
    assert call(python, "preview", "my_plugins/lobsters.py", *options, folder=site).startswith("Lobsters: 1 article")
    for name in ("quakes", "strong_quakes", "my_plugins/lobsters.py"):
        url = {"quakes": day, "my_plugins/lobsters.py": publisher.url("")}.get(name)
        call(python, "plugins", "test", name, *(("--option", f"url={url}") if url else ()), folder=site)
    report = json.loads(call(python, "run", "--json", folder=site))
    assert report["errors"] == []
    assert report["articles"]["new"] == 3 + 2
    assert "strong earthquakes" in (site / "public" / "articles.jsonl").read_text()


def test_new_package_installs_and_passes_its_tests(python: Path, tmp_path: Path) -> None:
    call(python, "plugins", "new", "harbour", "--package", folder=tmp_path)
    package = tmp_path / "aggregate-harbour"
    install(python, "--editable", f"{package}[test]")
    assert_pytest_passes(python, package)
    call(python, "plugins", "test", "harbour", folder=tmp_path)
    (tmp_path / "config.toml").write_text('[[sources]]\nplugin = "harbour"\nname = "Harbour"\n')
    assert "Ferrier Bridge reopens to buses" in call(python, "preview", "Harbour", folder=tmp_path)


CONFIG = """
plugins = ["my_plugins"]

[http]
allow_private = ["127.0.0.0/8"]

[[sources]]
plugin = "quakes"
name = "Earthquakes"
url = "{day}"

[[sources]]
plugin = "lobsters"
url = "{home}"
least = 20

[[filters]]
plugin = "strong_quakes"

[[outputs]]
plugin = "jsonl"
path = "public/articles.jsonl"
"""


def assert_pytest_passes(python: Path, folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [str(python), "-m", "pytest", "-q"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
