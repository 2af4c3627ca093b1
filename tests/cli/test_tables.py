"""Lists are readable on terminals of any width: a line a row, cut in the last column only; pipes cut nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from project import Project
from rich.cells import cell_len
from sample_feeds import item, rss
from terminal import on_terminal

from aggregator.cli import tables
from aggregator.cli.tables import Column, print_wrapped_table, table_lines

LONG = "東京 Ferrier Bridge reopens after nineteen months and eighty-six million pounds of repairs to its 212 hangers"
NAME = "Thames Courier – Breaking News, World News and Video from the Thames Courier"
ADDRESS = (
    "https://news.example/2026/11/24/a-very-long-address-of-an-article-that-no-terminal-shows-in-one-line-" + "x" * 60
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("lists"))
    entry = item(1, title=LONG) | {"link": ADDRESS}
    project.write("long.xml", rss([entry, item(2, title="Short")], title=NAME, link="https://courier.example/"))
    project.write("other.xml", rss([item(3, title="Third")], title="Other"))
    project.configure(
        'store = "a.db"\n[[sources]]\nurl = "long.xml"\ntags = ["city"]\n[[sources]]\nurl = "other.xml"\n'
        '[[sources]]\nurl = "missing.xml"\n[[outputs]]\nplugin = "html"\npath = "public"\n'
    )
    assert project.aggregate("run").status == 0
    yield project


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_lists_are_readable_on_a_terminal(filled: Project, columns: int) -> None:
    for verb in (["sources"], ["stories"], ["editions"], ["plugins", "list"]):
        heading, *rows = on_terminal(filled.folder, columns, *verb)
        assert all(cell_len(line) <= columns for line in (heading, *rows)), verb
        assert not heading.startswith(" ")
        assert all(row.count("…") <= 1 and ("…" not in row or row.endswith("…")) for row in rows)
    assert [row.split()[0] for row in on_terminal(filled.folder, columns, "sources")[1:]] == ["ok", "ok", "failing"]
    [found] = filled.aggregate("search", "ferrier", "--json").json
    heading, line, address = on_terminal(filled.folder, columns, "search", "ferrier")
    assert (line.split()[0], cell_len(line) <= columns) == (found["short_id"], True)
    assert address == f"    {ADDRESS}"


def test_nothing_is_cut_in_a_pipe(filled: Project) -> None:
    assert LONG in filled.aggregate("stories").out
    [line] = filled.aggregate("search", "ferrier").out.splitlines()[1:]
    assert LONG in line
    assert line.endswith(ADDRESS)
    assert "…" not in filled.aggregate("sources").out


def test_names_are_shortened_where_they_are_shown(filled: Project) -> None:
    rows = filled.aggregate("sources", "--json").json
    assert [row["name"] for row in rows][:2] == [NAME, "Other"]
    assert [row["short_name"] for row in rows][:2] == ["Thames Courier", "Other"]
    assert NAME not in filled.aggregate("sources").out
    assert NAME not in filled.aggregate("search", "ferrier").out
    [found] = filled.aggregate("search", "ferrier", "--json").json
    assert (found["source"], found["short_source"]) == (NAME, "Thames Courier")


def test_one_source_with_everything_about_it(filled: Project) -> None:
    shown = filled.aggregate("sources", "thames courier").out
    for text in (NAME, "long.xml", "feed", "city", "https://courier.example/", '[[sources]] 1 ("long.xml")', "UTC"):
        assert text in shown
    view = filled.aggregate("sources", "long.xml", "--json").json
    assert view["name"] == NAME
    assert (view["tags"], view["site"], view["outages"]) == (["city"], "https://courier.example/", [])
    assert view["table"] == '[[sources]] 1 ("long.xml")'
    failing = filled.aggregate("sources", "missing.xml").out
    assert "state         failing: " in failing
    assert "1 outage" in failing
    assert failing.count("No such file or directory") == 2
    assert filled.aggregate("sources", "-v").out.count("    address") == 3
    unknown = filled.aggregate("sources", "Thames Curier")
    assert (unknown.status, unknown.err.endswith('did you mean "Thames Courier"?\n')) == (2, True)
    history = filled.aggregate("sources", "missing.xml", "--history", "--json").json
    assert [row["name"] for row in history] == ["missing.xml"]
    assert filled.aggregate("sources", "other.xml", "--history").err == "no outages: Other has not failed\n"


EMPTY = [
    (["sources"], "aggregate add"),
    (["sources", "--history"], "no outages"),
    (["stories"], "aggregate run"),
    (["stories", "--since", "1h"], "no story matches"),
    (["search", "words"], "nothing found"),
    (["deliveries"], "no deliveries yet"),
    (["deliveries", "--state", "failed"], "no delivery is failed"),
    (["editions"], "no editions yet"),
]


@pytest.mark.parametrize(("verb", "advice"), EMPTY)
def test_an_empty_list_says_so(project: Project, verb: list[str], advice: str) -> None:
    project.configure('store = "a.db"\n')
    empty = project.aggregate(*verb)
    assert (empty.status, empty.out) == (0, "")
    assert advice in empty.err
    assert len(empty.err.splitlines()) == 1
    result = project.aggregate(*verb, "--json")
    assert (result.json, result.err) == ([], "")


COLUMNS = (Column("id"), Column("time", 1), Column("number", 2, right=True), Column("title"))
ROWS = [("1", "2026-11-24", "7", "東京" * 30), ("22", "2026-11-25", "1234", "Short"), ("3", "", "", "")]


@pytest.mark.parametrize("width", [5, 20, 40, 60, 80, 500])
def test_columns_are_left_out_before_the_last_is_too_narrow(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "terminal_width", lambda: width)
    heading, *rows = table_lines(COLUMNS, ROWS)
    assert [row.split()[0] for row in rows] == ["1", "22", "3"]
    assert all(cell_len(line) <= max(width, 9) for line in (heading, *rows))
    assert ("number" in heading, "time" in heading) == (width >= 60, width >= 60 or width == 60)


def test_a_wrapped_column_loses_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for width in (20, 45, 80):
        monkeypatch.setattr(tables, "terminal_width", lambda width=width: width)
        print_wrapped_table((Column("option"), Column("type"), Column("meaning")), [("limit", "number", LONG)])
        assert " ".join(capsys.readouterr().out.split()).endswith(LONG)


def test_columns_of_numbers_are_aligned_to_the_right(tmp_path: Path) -> None:
    heading, first, second, third = table_lines(COLUMNS, ROWS)
    assert heading == "id  time        number  title"
    assert first == "1   2026-11-24       7  " + "東京" * 30
    assert second == "22  2026-11-25    1234  Short"
    assert third == "3"
