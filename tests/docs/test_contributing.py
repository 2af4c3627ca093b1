"""CONTRIBUTING, the pre-commit hooks and the workflow agree with the Makefile, .ci/run and the tests."""

from __future__ import annotations

import json
import re
import tomllib

from markdown_pages import TEXTS, inline_of
from project import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    code = "\n".join([*TEXTS.values(), WORKFLOW])
    mentioned = set(re.findall(r"(?:`|\$ |run: |and then )make ([a-z-]+)", code))
    assert {"check", "test", "lint"} <= mentioned
    assert mentioned <= targets


def test_every_target_is_described() -> None:
    [targets] = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    described = {
        word for page in ("README.md", "CONTRIBUTING.md") for word in re.findall(r"make ([\w-]+)", TEXTS[page])
    }
    assert set(targets.split()) <= described


def test_named_tests_exist() -> None:
    named = re.findall(r"(tests/\S+\.py)::(\w+)", TEXTS["CONTRIBUTING.md"])
    assert named
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_hooks_run_what_make_lint_runs() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]
    commands = re.findall(r"^\t\$\(BIN\)/(.+)$", lint, re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        assert f".venv/bin/{command.removesuffix(' .').removesuffix(' --check')}" in hooks, command


def test_the_workflow_covers_every_supported_python() -> None:
    tested, installed = re.findall(r"python: \[(.+)\]", WORKFLOW)
    assert tested == installed
    versions = re.findall(r'"3\.(\d+)"', tested)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">=3.{versions[0]}"
    assert [int(version) for version in versions] == [*range(int(versions[0]), int(versions[-1]) + 1)]
    listed = [row for row in project["classifiers"] if row.startswith("Programming Language :: Python :: 3.")]
    assert listed == [f"Programming Language :: Python :: 3.{version}" for version in versions]
    assert "make test" in WORKFLOW
    assert "make lint" in WORKFLOW


def test_checkers_are_pinned_without_addresses() -> None:
    folder = ROOT / "tests" / "checkers"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert {f"node_modules/{name}": wanted[name] for name in wanted} == {
        path: package["version"] for path, package in json.loads(lock)["packages"].items() if path
    }
    assert "://" not in lock  # each machine asks the index that it is set up for
    for script in ((ROOT / ".ci/run").read_text(encoding="utf-8"), WORKFLOW, TEXTS["CONTRIBUTING.md"]):
        assert "npm ci --prefix tests/checkers" in script


def test_the_workflow_installs_what_continuous_integration_installs() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    packages = {word for words in re.findall(r"missing\+=\((.+)\)", script) for word in words.split()}
    [installed] = re.findall(r"--no-install-recommends (.+)$", WORKFLOW, re.MULTILINE)
    assert set(installed.split()) == packages - {"python3-venv"}  # part of the images
    for program in ("chromium", "dovecot", "openssl", "java", "npm"):
        assert program in {code.content for code in inline_of("CONTRIBUTING.md", "code_inline")}
