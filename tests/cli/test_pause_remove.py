"""`aggregate remove`, `pause` and `resume` edit the configuration."""

from __future__ import annotations

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

CONFIG = """\
# the world
[[sources]]
url = "https://world.example/feed.xml"
name = "Example World"

# a file
[[sources]]
url = "local.xml"
"""


@pytest.mark.parametrize("name", ["Example World", "example world", "https://world.example/feed.xml"])
def test_remove(project: Project, name: str) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("remove", name)
    assert (result.status, result.out, result.err) == (0, "removed Example World\n", "")
    assert project.read("config.toml") == '# a file\n[[sources]]\nurl = "local.xml"\n'


def test_pause_and_resume(project: Project) -> None:
    project.write("config.toml", CONFIG)
    assert project.aggregate("pause", "Example World").out == "paused Example World\n"
    assert project.read("config.toml") == CONFIG.replace('World"\n', 'World"\nenabled = false\n')
    assert project.aggregate("sources", "--json").json[0]["state"] == "paused"
    assert project.aggregate("pause", "Example World").out == "Example World is already paused\n"
    assert project.aggregate("resume", "Example World").out == "resumed Example World\n"
    assert project.aggregate("resume", "Example World").out == "Example World is not paused\n"
    assert project.read("config.toml") == CONFIG


@pytest.mark.both_databases
def test_source_is_found_by_the_title_of_its_feed(project: Project) -> None:
    project.write("config.toml", '[[sources]]\nurl = "local.xml"\n')
    project.write("local.xml", rss([item(1)], title="The Local"))
    project.aggregate("run")
    assert project.aggregate("pause", "the local").out == "paused The Local\n"
    assert project.aggregate("resume", "local.xml").out == "resumed The Local\n"


@pytest.mark.parametrize("verb", ["remove", "pause", "resume"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Example Wrold", 'Example Wrold: no source has this name; did you mean "Example World"?'),
        ("x", "x: no source has this name; `aggregate sources` lists them"),
    ],
)
def test_unknown_name(project: Project, verb: str, name: str, message: str) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate(verb, name)
    assert (result.status, result.out, result.err) == (2, "", f"aggregate: {message}\n")
    assert project.read("config.toml") == CONFIG


def test_ambiguous_name(project: Project) -> None:
    project.write("config.toml", '[[sources]]\nurl = "a.xml"\n[[sources]]\nurl = "b.xml"\n')
    project.write("a.xml", rss([item(1)], title="News"))
    project.write("b.xml", rss([item(2)], title="News"))
    project.aggregate("run")
    result = project.aggregate("remove", "News")
    assert result.status == 2
    assert "2 sources have this name; give the address of one: a.xml, b.xml" in result.err
    assert project.aggregate("remove", "b.xml").status == 0


def test_several_names(project: Project) -> None:
    project.write("config.toml", CONFIG)
    assert project.aggregate("pause", "local.xml", "Example World").out == "paused local.xml\npaused Example World\n"
    assert project.read("config.toml").count("enabled = false") == 2
    assert project.aggregate("remove", "Example World", "local.xml", "example world").status == 0
    assert project.read("config.toml").strip() == ""


def test_one_unknown_name_among_several_changes_nothing(project: Project) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("remove", "local.xml", "x")
    assert (result.status, result.out) == (2, "")
    assert project.read("config.toml") == CONFIG


@pytest.mark.both_databases
def test_resume_ends_the_back_off_of_a_failing_source(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed.xml", b"", status=500)
    project.configure(f'[[sources]]\nname = "Broken"\nurl = "{publisher.url("/feed.xml")}"\n')
    project.aggregate("run")
    project.aggregate("run")
    assert len(publisher.requests) == 1
    assert project.aggregate("resume", "Broken").out == "resumed Broken: the next run tries it again\n"
    assert project.aggregate("sources", "--json").json[0]["state"] == "failing"
    project.aggregate("run")
    assert len(publisher.requests) == 2
    publisher.serve("/feed.xml", rss([item(1)]))
    project.aggregate("resume", "Broken")
    project.aggregate("run")
    assert project.aggregate("sources", "--json").json[0]["state"] == "ok"


@pytest.mark.both_databases
def test_requests_by_hand_do_not_delay_a_failing_source(project: Project, publisher: Publisher) -> None:
    publisher.serve("/feed.xml", b"", status=500)
    project.configure(f'[[sources]]\nname = "Broken"\nurl = "{publisher.url("/feed.xml")}"\n')
    project.aggregate("run")
    before = project.aggregate("sources", "--json").json[0]
    for options in (["--force"], ["--source", "Broken"], ["--force", "--source", "broken"]):
        project.aggregate("run", *options)
    after = project.aggregate("sources", "--json").json[0]
    assert len(publisher.requests) == 4
    assert (after["failures"], after["next_due"]) == (1, before["next_due"])
