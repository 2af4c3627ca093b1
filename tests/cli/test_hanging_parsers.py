"""`preview` and `add` give up a parser that hangs, as a run does: one line, status 1, and no process remains."""

from __future__ import annotations

import subprocess
import sys

import pytest
from project import Project
from publisher import Publisher

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PLUGIN = """
import re
from aggregator import Item, Reading, hookimpl

def loop():
    while True:
        pass

def hangs(http, *, url: str = "https://news.invalid/", how: str = "expression"):
    yield Item(id=1, title="Read before")
    yield Reading(re.match, "(a|a)*$", "a" * 60 + "b") if how == "expression" else Reading(loop)

@hookimpl
def register_sources(register):
    register(hangs)
"""
MESSAGE = "aggregate: could not be parsed within the timeout\n"


def aggregate(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process whose standard output ends when the last process that has it ends."""
    command = [sys.executable, "-m", "aggregator", *arguments]
    return subprocess.run(command, cwd=project.folder, capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("how", ["expression", "loop"])
def test_preview_gives_up(project: Project, how: str) -> None:
    project.write("hangs.py", PLUGIN)
    project.configure('[http]\ntimeout = "6s"\n')
    done = aggregate(project, "preview", "hangs.py", "--option", f"how={how}")
    assert (done.returncode, done.stderr) == (1, MESSAGE)
    assert done.stdout.startswith("hangs: 1 article\n")
    assert "Read before" in done.stdout


def test_add_gives_up_and_adds_nothing(project: Project, publisher: Publisher) -> None:
    project.write("added/hangs.py", PLUGIN.replace('    yield Item(id=1, title="Read before")\n', ""))
    project.configure('store = "news.db"\nplugins = ["added"]\n[http]\ntimeout = "6s"\n')
    before = project.read("config.toml")
    done = aggregate(project, "add", publisher.url("/"), "--plugin", "hangs")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", MESSAGE)
    assert project.read("config.toml") == before
