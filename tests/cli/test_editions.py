"""`aggregate editions`: the edition of each day is kept, and can be written again with the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

PLUGIN = '''
from aggregator import hookimpl


def paper(edition, *, archive, path):
    """A front page of each day."""
    days = list(archive.days)
    place = days.index(edition.day)
    neighbours = days[place - 1] if place else None, days[place + 1] if place + 1 < len(days) else None
    text = "\\n".join([str(edition.day), str(edition.date), str(neighbours), *(s.title for s in edition.stories)])
    yield f"{edition.day}.txt", text.encode()
    if not archive.frozen:
        yield "today.txt", text.encode()


@hookimpl
def register_outputs(register):
    register(paper)
'''


@pytest.fixture
def paper(project: Project, publisher: Publisher) -> Project:
    project.write("mine/paper.py", PLUGIN)
    project.configure(
        f'timezone = "Europe/London"\nplugins = ["mine"]\n[[sources]]\nurl = "{publisher.url("/a.xml")}"\n'
        '[[outputs]]\nplugin = "paper"\npath = "public"\n'
    )
    return project


def run_at(project: Project, time: str) -> None:
    with time_machine.travel(time, tick=False):
        assert project.aggregate("run", "--force").status == 0


def files(project: Project) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((project.folder / "public").glob("*.txt"))}


@pytest.mark.both_databases
def test_an_edition_is_frozen_when_its_day_ends(paper: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1, title="First news")]))
    run_at(paper, "2026-06-23 22:30:00Z")  # 23:30 in London
    assert files(paper)["today.txt"].splitlines()[0] == "2026-06-23"
    publisher.serve("/a.xml", rss([item(2, title="Night news"), item(1, title="First news")]))
    run_at(paper, "2026-06-23 23:30:00Z")  # 00:30 of the next day
    first = files(paper)["2026-06-23.txt"]
    assert "Night news" not in first
    assert "datetime.date(2026, 6, 24)" in first  # the next edition
    assert "Night news" in files(paper)["2026-06-24.txt"]
    run_at(paper, "2026-06-25 12:00:00Z")
    assert list(files(paper)) == ["2026-06-23.txt", "2026-06-24.txt", "today.txt"], "without news, no edition"
    publisher.serve("/a.xml", rss([item(3, title="Later news"), item(1, title="First news, corrected")]))
    run_at(paper, "2026-06-26 12:00:00Z")
    assert files(paper)["2026-06-23.txt"] == first


@pytest.mark.both_databases
def test_an_edition_is_rebuilt_with_the_same_bytes(paper: Project, publisher: Publisher) -> None:
    for day in (23, 24, 25):
        publisher.serve("/a.xml", rss([item(number, title=f"News {number}") for number in range(day, 20, -1)]))
        run_at(paper, f"2026-06-{day} 12:00:00Z")
    before = files(paper)
    for name in ("2026-06-23.txt", "2026-06-24.txt"):
        (paper.folder / "public" / name).unlink()
        result = paper.aggregate("editions", "rebuild", name.removesuffix(".txt"))
        assert (result.status, result.err) == (0, "")
        assert "1 file written" in result.out
    assert files(paper) == before
    assert "1 unchanged" in paper.aggregate("editions", "rebuild", "2026-06-23").out
    missing = paper.aggregate("editions", "rebuild", "2025-01-01")
    assert (missing.status, missing.err) == (
        1,
        "aggregate: there is no edition of 2025-01-01; `aggregate editions` lists them\n",
    )
    assert paper.aggregate("editions", "show", "yesterday").status == 2


def test_editions_are_listed_and_shown(paper: Project, publisher: Publisher) -> None:
    empty = paper.aggregate("editions")
    assert (empty.out, "no editions yet" in empty.err) == ("", True)
    publisher.serve("/a.xml", rss([item(1, title="Bridge opens"), item(2, title="\x1b[31mHostile")]))
    run_at(paper, "2026-06-23 12:00:00Z")
    [row] = paper.aggregate("editions", "--json").json
    assert (row["day"], row["output"], row["stories"]) == ("2026-06-23", "public", 2)
    assert "2026-06-23" in paper.aggregate("editions").out
    text = paper.aggregate("editions", "show", "2026-06-23").out
    assert "Bridge opens" in text
    assert "\x1b" not in text
    [shown] = paper.aggregate("editions", "show", "2026-06-23", "--json").json
    assert {story["title"] for story in shown["stories"]} >= {"Bridge opens"}
    for story in shown["stories"]:
        assert story["short_id"] in text
        assert paper.aggregate("explain", story["short_id"]).status == 0


def test_an_unchanged_edition_is_not_written_again(paper: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)]))
    run_at(paper, "2026-06-23 12:00:00Z")
    before = (Path(paper.folder) / "public/today.txt").stat()
    run_at(paper, "2026-06-23 13:00:00Z")
    assert "12:00:00" in files(paper)["today.txt"]
    assert (Path(paper.folder) / "public/today.txt").stat().st_mtime_ns == before.st_mtime_ns
