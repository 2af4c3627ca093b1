"""The hook `rank`: a plugin changes the order of an edition, and a failing one changes nothing."""

from __future__ import annotations

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

PLUGIN = """
from aggregator import hookimpl

@hookimpl
def rank(story, score):
    {body}
"""


@pytest.fixture
def news(project: Project, publisher: Publisher) -> Project:
    items = [item(number, title=title) for number, title in ((3, "Newest of all"), (2, "Owls return"), (1, "Oldest"))]
    publisher.serve("/a.xml", rss(items))
    project.configure(
        f'store = "a.db"\nplugins = ["mine"]\n[[sources]]\nurl = "{publisher.url("/a.xml")}"\n'
        '[[outputs]]\nplugin = "markdown"\npath = "edition.md"\n'
    )
    return project


def headlines(project: Project) -> list[str]:
    lines = project.read("edition.md").splitlines()
    titles = ("Newest of all", "Owls return", "Oldest")
    return [title for line in lines if line.startswith("#") for title in titles if title in line]


def test_a_plugin_changes_the_order(news: Project) -> None:
    news.write("mine/owls.py", PLUGIN.format(body='return score * 9 if "Owls" in story.title else None'))
    assert news.aggregate("run").status == 0
    assert headlines(news) == ["Owls return", "Newest of all", "Oldest"]
    [story] = [story for story in news.aggregate("stories", "--json").json if story["title"] == "Owls return"]
    assert "changed by a plugin" in news.aggregate("explain", story["url"]).out


def test_a_failing_plugin_is_reported_and_skipped(news: Project) -> None:
    news.write("mine/broken.py", PLUGIN.format(body='raise KeyError("x")'))
    report = news.aggregate("run", "--json")
    assert headlines(news) == ["Newest of all", "Owls return", "Oldest"]
    assert [failure["source"] for failure in report.json["errors"]] == ["broken"]
    assert "KeyError" in report.err
