"""Documents that repeat a piece of markup a hundred thousand times are read in linear time by all functions that read
what a publisher sends.

They are read in processes of their own, which are ended after many times what they take: a regular expression that
hangs would stop the tests.
"""

from __future__ import annotations

import subprocess
import sys

import document_attacks
import pytest
from forked_python import run_python
from project import Project

PARTS = 4
LENGTH = 50_000
BOUND = 100
"""Seconds for one process, which takes about 5."""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_repeated_markup_is_read_in_linear_time(part: int) -> None:
    command = [sys.executable, document_attacks.__file__, str(part), str(PARTS), str(LENGTH)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BOUND)
    except subprocess.TimeoutExpired as error:
        names = (error.stdout or b"").decode().splitlines()
        pytest.fail(f"not read in {BOUND} s: {names[-1:]}")
    assert done.stdout.endswith("all read\n"), done.stderr


def preview(project: Project, body: bytes) -> subprocess.CompletedProcess[str]:
    project.write("strange.xml", body)
    return run_python("-m", "aggregator", "preview", "strange.xml", "--json", folder=project.folder)


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [b" " * 1_000_000, b"<" * 1_000_000, b'{"a":' * 200_000, b"<a href='" * 100_000, b"\xc2\xa0" * 500_000],
    ids=["spaces", "brackets", "json", "quotes", "no-break spaces"],
)
def test_preview_of_a_strange_file_ends_with_a_line(project: Project, body: bytes) -> None:
    done = preview(project, body)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("aggregate: ")


@pytest.mark.e2e
@pytest.mark.parametrize("comment", ["<!---->", "<!-- x -->", "<!--\n-->\n"])
def test_comments_before_the_root_do_not_hold_up_preview(project: Project, comment: str) -> None:
    done = preview(project, comment.encode() * 40 + b"<strange><b>x</b></strange>")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
