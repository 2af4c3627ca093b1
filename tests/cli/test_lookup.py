"""`pause`, `preview` and `run --source` find a source by its configured name, the title of its feed, or its address."""

from __future__ import annotations

import shutil

import pytest
from project import ROOT, Project, Result
from publisher import Publisher
from sample_feeds import item, rss

CONFIG = """\
[[sources]]
url = "thames-courier.xml"

[[sources]]
url = "gazette.xml"
name = "Morning Gazette"
"""
VERBS = (("pause",), ("preview",), ("run", "--source"))


@pytest.fixture
def collected(project: Project) -> Project:
    """A project with two sources, after a run: the name of the first is the title of its feed."""
    shutil.copy(ROOT / "samples/thames-courier.xml", project.folder)
    project.write("gazette.xml", rss([item(1)], title="Gazette"))
    project.write("config.toml", CONFIG)
    assert project.aggregate("run").status == 0
    return project


def run_source(project: Project, name: str) -> Result:
    return project.aggregate("run", "--json", "--source", name)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("The Thames Courier", "The Thames Courier"),
        ("the thames courier", "The Thames Courier"),
        ("thames-courier.xml", "The Thames Courier"),
        ("Morning Gazette", "Morning Gazette"),
        ("MORNING gazette", "Morning Gazette"),
        ("gazette.xml", "Morning Gazette"),
    ],
)
def test_all_verbs_find_a_source(collected: Project, name: str, found: str) -> None:
    preview = collected.aggregate("preview", name)
    assert (preview.status, preview.out.partition(":")[0]) == (0, found)
    counts = run_source(collected, name).json["sources"]
    assert (counts["total"], counts["skipped"], counts["failed"]) == (2, 1, 0)
    assert collected.aggregate("pause", name).out == f"paused {found}\n"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("The Thames Curier", 'did you mean "The Thames Courier"?'),
        ("morning gazete", 'did you mean "Morning Gazette"?'),
        ("Nonsense", "`aggregate sources` lists them"),
    ],
)
def test_misspelt_name(collected: Project, verb: tuple[str, ...], name: str, hint: str) -> None:
    result = collected.aggregate(*verb, name)
    assert (result.status, result.out) == (2, "")
    assert result.err == f"aggregate: {name}: no source has this name; {hint}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_ambiguous_name(collected: Project, verb: tuple[str, ...]) -> None:
    shutil.copy(collected.folder / "thames-courier.xml", collected.folder / "copy.xml")
    collected.write("config.toml", f'{CONFIG}\n[[sources]]\nurl = "copy.xml"\n')
    assert collected.aggregate("run").status == 0
    result = collected.aggregate(*verb, "The Thames Courier")
    assert (result.status, result.out) == (2, "")
    assert "2 sources have this name; give the address of one: thames-courier.xml, copy.xml" in result.err


def test_preview_of_a_file_that_is_not_configured(collected: Project) -> None:
    collected.write("other.xml", rss([item(2)], title="Other"))
    result = collected.aggregate("preview", "other.xml")
    assert (result.status, result.out.splitlines()[0]) == (0, "Other: 1 article")
    missing = collected.aggregate("preview", "missing")
    assert (missing.status, missing.err.partition(";")[0]) == (2, "aggregate: missing: no source has this name")


def test_preview_of_a_bare_host_requests_https(collected: Project, publisher: Publisher) -> None:
    host = publisher.url("").removeprefix("http://").rstrip("/")
    result = collected.aggregate("preview", f"{host}/feed.xml")
    assert result.status == 1
    assert f"https://{host}/feed.xml" in result.err
