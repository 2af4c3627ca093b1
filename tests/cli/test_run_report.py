"""What a run says: on a terminal, in a pipe, with -v and -q."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys

import pytest
from project import ROOT, Project

CONFIG = """
[[sources]]
url = "first.xml"

[[sources]]
url = "second.xml"

[[sources]]
url = "missing.xml"

[[outputs]]
plugin = "html"
path = "public"
pictures = "none"

[[outputs]]
plugin = "rss"
path = "public/feed.xml"
"""


def feed(title: str) -> str:
    items = f"<item><title>A headline of {title}</title><link>https://{title.lower()}.example/1</link></item>"
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


@pytest.fixture
def news(project: Project) -> Project:
    project.write("first.xml", feed("Lantern"))
    project.write("second.xml", feed("Courier"))
    project.configure(CONFIG)
    return project


def test_a_run_in_a_pipe_reports_only_failures(news: Project) -> None:
    result = news.aggregate("run")
    assert (result.status, result.out) == (0, "")
    assert all("missing.xml" in line for line in result.err.splitlines())


def test_a_verbose_run_reports_each_source_and_stage_and_what_to_do_next(news: Project) -> None:
    result = news.aggregate("run", "-v")
    assert (result.status, result.out) == (0, "")
    lines = result.err.splitlines()
    assert "Lantern: fetched, 1 new, 0 updated" in lines
    assert "Courier: fetched, 1 new, 0 updated" in lines
    assert any(line.endswith(": failed") for line in lines)
    assert "3 sources: 2 fetched, 0 unchanged, 0 not due, 1 failed" in lines
    assert any(all(f" {stage} " in line for stage in ("collect", "group", "publish")) for line in lines)
    page = news.folder / "public" / "index.html"
    assert f"page: {page}" in lines
    assert page.as_uri() in result.err
    assert "`aggregate serve`" in result.err
    assert "`aggregate add URL`" in result.err


@pytest.mark.parametrize("arguments", [["-v"], ["-v", "run"], ["--verbose", "run"], ["run", "--verbose"]])
def test_verbose_stands_before_or_after_the_verb(news: Project, arguments: list[str]) -> None:
    assert "Lantern: fetched" in news.aggregate(*arguments).err


@pytest.mark.parametrize("arguments", [["-v", "status"], ["-q", "stories"], ["--quiet", "plugins", "list"]])
def test_a_verb_without_the_option_refuses_it(news: Project, arguments: list[str]) -> None:
    result = news.aggregate(*arguments)
    assert (result.status, result.out) == (2, "")
    assert "does not take --" in result.err


def test_verbose_and_quiet_exclude_each_other(news: Project) -> None:
    for arguments in (["run", "-v", "-q"], ["-q", "run", "-v"], ["-qv"]):
        result = news.aggregate(*arguments)
        assert result.status == 2
        assert "exclude each other" in result.err


def test_a_dry_run_says_what_it_did_in_a_pipe_as_well(news: Project) -> None:
    result = news.aggregate("run", "--dry-run")
    assert result.out == ""
    assert "3 sources: 2 fetched" in result.err
    assert "public/feed.xml: 2 written" in result.err
    assert "dry run: nothing was changed, written or sent; `aggregate run` does it" in result.err
    assert not (news.folder / "public").exists()
    assert len(result.err.splitlines()) <= 10


def test_a_quiet_dry_run_reports_only_failures(news: Project) -> None:
    result = news.aggregate("run", "--dry-run", "--quiet")
    assert (result.status, result.out) == (0, "")
    assert all("missing.xml" in line for line in result.err.splitlines())


def test_json_stays_alone_on_standard_output(news: Project) -> None:
    result = news.aggregate("run", "--json", "--verbose")
    assert result.json["sources"]["fetched"] == 2
    assert "Lantern: fetched" in result.err
    assert "page: " not in news.aggregate("run", "--json").err


def test_another_configuration_is_part_of_what_to_do_next(news: Project) -> None:
    (news.folder / "config.toml").rename(news.folder / "other.toml")
    assert "`aggregate -c other.toml serve`" in news.aggregate("-c", "other.toml", "-v").err


def test_a_run_without_sources_says_how_to_add_one(project: Project) -> None:
    project.configure("title = 'Mine'\n")
    assert "no sources yet: `aggregate add URL`" in project.aggregate("run", "-v").err


def test_many_outputs_are_counted_except_in_a_verbose_run(news: Project) -> None:
    more = "".join(f'\n[[outputs]]\nplugin = "rss"\npath = "public/{name}.xml"\n' for name in "abcdef")
    news.configure(CONFIG + more)
    assert "and 5 more outputs: 5 changed, 0 unchanged" in news.aggregate("run", "--dry-run").err
    assert "public/f.xml: 2 written" in news.aggregate("run", "-v").err


def on_terminal(news: Project, *arguments: str) -> str:
    """Return what a command prints on a terminal."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "aggregator", *arguments]
    subprocess.run(command, cwd=news.folder, stdin=slave, stdout=slave, stderr=slave, check=True)
    os.close(slave)
    parts = []
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    return b"".join(parts).decode()


@pytest.mark.e2e
def test_a_terminal_gets_the_report_unless_the_run_is_quiet(news: Project) -> None:
    (news.folder / "missing.xml").write_text(feed("Third"))
    assert on_terminal(news, "-q") == ""
    said = on_terminal(news, "run")
    assert "3 sources: " in said
    assert "public/index.html" in said
    assert "collecting" not in on_terminal(news, "run", "-q")


@pytest.mark.skipif(not shutil.which("make"), reason="make is missing")
def test_make_run_says_what_it_did_even_if_its_output_is_captured() -> None:
    command = ["make", "--no-print-directory", "--dry-run", "--old-file=.venv/installed", "run"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ".venv/bin/aggregate run --verbose"
