"""`aggregate plugins test FOLDER` checks each plugin that `plugins = ["FOLDER"]` loads."""

from __future__ import annotations

import pytest
from project import Project

GOOD = '''
"""A filter."""
from aggregator import hookimpl

def keep(article, *, most: int = 5):
    """Keeps all; `most` is not used."""
    return article

@hookimpl
def register_filters(register):
    register(keep)
'''
NEEDS = GOOD.replace("keep", "needy").replace("most: int = 5", "most: int")


@pytest.fixture
def folder(project: Project) -> Project:
    project.write("mine/keep.py", GOOD)
    project.write("mine/bundle/__init__.py", GOOD.replace("keep", "bundled"))
    for ignored in ("_private.py", "test_keep.py", "keep_test.py", "conftest.py", "tests/x.py", "deep/x.py"):
        project.write(f"mine/{ignored}", "raise ValueError('loaded')")
    project.write("mine/notes.txt", "no plugin")
    return project


def test_each_plugin_is_named_and_a_summary_ends_the_output(folder: Project) -> None:
    result = folder.aggregate("plugins", "test", "mine")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert [line for line in lines if line.startswith("mine/")] == ["mine/bundle", "mine/keep.py"]
    assert "filter bundled" in lines
    assert "filter keep" in lines
    assert lines[-1] == "2 plugins: 2 passed, 0 failed"


def test_failing_plugins_do_not_stop_the_others(folder: Project) -> None:
    folder.write("mine/broken.py", "def broken(\n")
    folder.write("mine/ends.py", "import os\nos._exit(3)\n")
    folder.write("mine/needy.py", NEEDS)
    folder.write("mine/nothing.py", "")
    result = folder.aggregate("plugins", "test", "mine")
    assert result.status == 1
    assert "SyntaxError" in result.out
    assert "ends the process that it runs in (exit status 3)" in result.out
    assert "most: is needed" in result.out
    assert "it registers nothing" in result.out
    summary = result.out.splitlines()[-1]
    assert summary == "6 plugins: 2 passed, 4 failed (broken.py, ends.py, needy.py, nothing.py)"


def test_json_names_the_file_of_each_check(folder: Project) -> None:
    folder.write("mine/broken.py", "def broken(\n")
    result = folder.aggregate("plugins", "test", "mine", "--json")
    report = result.json
    assert (result.status, report["passed"]) == (1, False)
    assert [check["path"] for check in report["checks"] if check["state"] == "failed"] == ["mine/broken.py"]
    assert {check["path"] for check in report["checks"]} == {"mine/broken.py", "mine/bundle", "mine/keep.py"}
    folder.write("mine/broken.py", GOOD.replace("keep", "mended"))
    assert folder.aggregate("plugins", "test", "mine", "--json").json["passed"] is True


def test_two_plugins_with_one_name(folder: Project) -> None:
    folder.write("mine/other.py", GOOD)
    result = folder.aggregate("plugins", "test", "mine")
    assert result.status == 1
    assert "failed  unique: mine/keep.py has the name" in result.out


def test_folder_without_plugins(folder: Project) -> None:
    result = folder.aggregate("plugins", "test", "mine/deep/..")
    assert result.status == 0
    (folder.folder / "empty").mkdir()
    result = folder.aggregate("plugins", "test", "empty")
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("aggregate: empty: contains no plugin")


def test_options_are_for_one_plugin(folder: Project) -> None:
    result = folder.aggregate("plugins", "test", "mine", "--option", "most=3")
    assert (result.status, result.out) == (2, "")
    assert "is for one plugin" in result.err


def test_folder_with_an_init_file_is_one_plugin(folder: Project) -> None:
    result = folder.aggregate("plugins", "test", "mine/bundle")
    assert result.status == 0
    assert result.out.splitlines()[0] == "filter bundled"
