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
        ("./folder/../gazette.xml", "Morning Gazette"),
        (" The  Thames Courier ", "The Thames Courier"),
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
    missing = "no source has this name, and no file" if verb == ("preview",) else "no source has this name"
    assert result.err == f"aggregate: {name}: {missing}; {hint}\n"


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
    assert (missing.status, missing.err.partition(";")[0]) == (
        2,
        "aggregate: missing: no source has this name, and no file",
    )


def test_preview_of_a_bare_host_requests_https(collected: Project, publisher: Publisher) -> None:
    host = publisher.url("").removeprefix("http://").rstrip("/")
    result = collected.aggregate("preview", f"{host}/feed.xml")
    assert result.status == 1
    assert f"https://{host}/feed.xml" in result.err


def test_a_source_is_found_by_the_short_name_that_lists_show(project: Project) -> None:
    project.write("a.xml", rss([item(1)], title="NDTV News Search Records Found 1000"))
    project.write("b.xml", rss([item(2)], title="BBC News - World", link="https://www.bbc.co.uk/news/world"))
    project.write("c.xml", rss([item(3)], title="BBC News - UK", link="https://www.bbc.co.uk/news/uk"))
    project.configure("".join(f'[[sources]]\nurl = "{name}.xml"\n' for name in "abc"))
    project.run()
    rows = project.aggregate("sources", "--json").json
    assert [row["short_name"] for row in rows] == ["NDTV News", "BBC News - World", "BBC News - UK"]
    assert rows[0]["name"] == "NDTV News Search Records Found 1000"
    for row in rows:
        for name in (row["name"], row["short_name"]):
            assert project.aggregate("preview", name).out.partition(":")[0] == row["name"]
    ambiguous = project.aggregate("pause", "BBC News")
    assert (ambiguous.status, "2 sources have this name" in ambiguous.err) == (2, True)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("nosuch", "no source has this name, and no file; `aggregate sources` lists them"),
        ("The Thames Curier", 'no source has this name, and no file; did you mean "The Thames Courier"?'),
        ("../srv/no.xml", "no source has this name, and there is no such file; check the path"),
        ("gazete.xml", 'no source has this name, and there is no such file; did you mean "gazette.xml"?'),
        ("no/feed.json", "no source has this name, and there is no such file; check the path"),
        ("/no/feeds.opml", "no source has this name, and there is no such file; check the path"),
        ("a..b", "no source has this name, and no file; `aggregate sources` lists them"),
        ("title:words", "no source has this name, and no file; `aggregate sources` lists them"),
        ("x" * 300, "no source has this name, and no file; `aggregate sources` lists them"),
    ],
)
@pytest.mark.parametrize("verb", ["add", "preview"])
def test_what_cannot_be_a_host_is_not_requested(collected: Project, verb: str, address: str, problem: str) -> None:
    result = collected.aggregate(verb, address)
    assert (result.status, result.out, result.err) == (2, "", f"aggregate: {address}: {problem}\n")


def test_a_blank_address(collected: Project) -> None:
    for verb in ("add", "preview"):
        result = collected.aggregate(verb, " ")
        assert (result.status, result.err) == (2, 'aggregate: "": give the name of a source, an address or a file\n')


@pytest.mark.parametrize(
    "name", ["the thames courier", "thames-courier.xml", "./thames-courier.xml", "MORNING gazette"]
)
def test_a_configured_source_is_not_added_again(collected: Project, name: str) -> None:
    before = collected.read("config.toml")
    result = collected.aggregate("add", name)
    assert (result.status, "is already configured, as" in result.err) == (1, True)
    assert collected.read("config.toml") == before


def test_a_source_is_found_by_its_address_without_a_scheme(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed.xml", rss([item(1)], title="First"))
    project.configure(f'[[sources]]\nurl = "{publisher.url("/feed.xml")}"\n')
    address = publisher.url("/feed.xml").removeprefix("http://")
    assert project.aggregate("preview", address).out.startswith("First: ")
    assert project.aggregate("pause", address).status == 0
