"""Standard streams that are closed, full, or no longer read: the status is that of the verb, and no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project import Project
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e


@pytest.fixture
def published(project: Project) -> Project:
    """A project with a store, and more articles than a pipe holds."""
    project.write("feed.xml", rss(item(n, text="word " * 100) for n in range(200)))
    project.configure('store = "news.db"\n[[sources]]\nurl = "feed.xml"\n')
    assert project.aggregate("run").status == 0
    return project


def shell(project: Project, command: str) -> tuple[str, str]:
    """Run a command in which AGGREGATE stands for the program. Returns standard output and standard error."""
    line = command.replace("AGGREGATE", f"'{sys.executable}' -m aggregator")
    result = subprocess.run(["bash", "-c", line], cwd=project.folder, capture_output=True, text=True, timeout=100)
    return result.stdout.strip(), result.stderr.strip()


@pytest.mark.parametrize("verb", ["run --json --force", "sources", "export"])
@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(published: Project, verb: str, closed: str) -> None:
    out, err = shell(published, f"{{ AGGREGATE {verb} {closed}; }} > out.txt; echo $?")
    assert (out, err) == ("0", "")
    assert published.aggregate("stories").status == 0  # nothing was printed into the store


@pytest.mark.parametrize("verb", ["stories --limit 0", "preview feed.xml --json"])
def test_reader_that_closes_the_pipe_is_no_failure(published: Project, verb: str) -> None:
    assert shell(published, f"AGGREGATE {verb} | head -1 > first.txt; echo ${{PIPESTATUS[0]}}") == ("0", "")
    assert shell(published, f"AGGREGATE {verb} | true; echo ${{PIPESTATUS[0]}}") == ("0", "")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full on this system")
@pytest.mark.parametrize("verb", ["stories", "run --json"])
def test_full_disk_is_reported_in_one_line(published: Project, verb: str) -> None:
    out, err = shell(published, f"AGGREGATE {verb} > /dev/full; echo $?")
    assert out == "1"
    assert err == "aggregate: standard output cannot be written (No space left on device)"


def test_export_to_standard_output_by_its_path(published: Project) -> None:
    assert shell(published, "AGGREGATE export -o /dev/stdout | tail -1") == ("</opml>", "")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_streams_that_lack_characters_get_escapes(published: Project, encoding: str) -> None:
    published.write("list.txt", 'https://jp.example/feed "~日本 😀 é"\n')
    commands = "AGGREGATE import list.txt && AGGREGATE sources --json && AGGREGATE sources && AGGREGATE export"
    out, err = shell(published, f"export PYTHONIOENCODING={encoding}; ({commands}) | iconv -f latin1 -t utf8; exit")
    assert err == ""
    assert "imported 1" in out
    assert "<outline" in out
    document = out[out.index("[\n") : out.index("\n]") + 2].encode("latin-1", "replace")
    names = [row["name"] for row in json.loads(document.decode("utf-8" if encoding == "ascii" else "latin-1"))]
    assert "日本 😀 é" in names


@pytest.mark.parametrize("locale", ["C", "POSIX", "xx_YY.UTF-8"])
def test_any_locale_prints(published: Project, locale: str) -> None:
    published.write("list.txt", 'https://jp.example/feed "~日本 😀 é" "über"\n')
    out, err = shell(published, f"export LC_ALL={locale}; AGGREGATE import list.txt && AGGREGATE pause '日本 😀 é'")
    assert out == "imported 1\npaused 日本 😀 é"
    assert "aggregate:" not in err
