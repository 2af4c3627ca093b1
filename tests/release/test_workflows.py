"""The workflows publish what was tested, with no more rights than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from project import ROOT

FOLDER = ROOT / ".github" / "workflows"


def workflow(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def test_the_linter_of_workflows_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [str(zizmor), "--offline", "--no-progress", "--min-severity=medium", str(ROOT / ".github")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_to_a_commit_with_its_version() -> None:
    used = [line for path in FOLDER.glob("*.yml") for line in path.read_text(encoding="utf-8").splitlines()]
    used = [line.strip() for line in used if re.search(r"\buses: (?!\./)", line)]
    assert len(used) >= 4
    pins = {line.partition("uses: ")[2] for line in used}
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", pin)] == []
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)  # one version of each


def test_only_the_job_that_uploads_may_identify_itself_to_the_index() -> None:
    release = workflow("release.yml")
    assert release["permissions"] == {}
    jobs = release["jobs"]
    assert [name for name, job in jobs.items() if "id-token" in job["permissions"]] == ["publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"]
    assert workflow("tests.yml")["permissions"] == {"contents": "read"}
    assert "secrets." not in "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.yml"))


def test_what_is_published_is_what_was_tested() -> None:
    publish, tests = workflow("release.yml")["jobs"]["publish"], workflow("tests.yml")["jobs"]
    assert publish["needs"] == "tests"
    assert workflow("release.yml")["jobs"]["tests"]["uses"] == "./.github/workflows/tests.yml"
    assert not any("run" in step or "checkout" in step["uses"] for step in publish["steps"])  # nothing is built there
    [uploaded] = [step["with"] for step in tests["build"]["steps"] if "upload-artifact" in step.get("uses", "")]
    for job in (publish, tests["artefacts"]):
        [fetched] = [step["with"] for step in job["steps"] if "download-artifact" in step.get("uses", "")]
        assert fetched == {"name": uploaded["name"], "path": "dist"}
    assert tests["artefacts"]["needs"] == "build"
