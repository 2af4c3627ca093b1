"""Storylines: a publisher whose article links to its earlier report ties two stories together."""

from __future__ import annotations

import json

import pytest
from linked_feed import CRACKS, OPENING, OUTPUTS, REPAIR, STORM, full_texts
from project import Project
from publisher import Publisher


@pytest.fixture
def news(project: Project, publisher: Publisher) -> Project:
    publisher.serve("/a.xml", full_texts([OPENING, STORM, REPAIR, CRACKS]))
    project.configure(f'store = "a.db"\n{OUTPUTS}[[sources]]\nurl = "{publisher.url("/a.xml")}"\n')
    return project


def test_a_link_to_an_earlier_report_makes_a_storyline(news: Project) -> None:
    assert news.aggregate("run").status == 0
    stories = {story["title"]: story for story in news.aggregate("stories", "--json").json}
    opened, storm, repair, cracks = (stories[one["title"]] for one in (OPENING, STORM, REPAIR, CRACKS))
    assert repair["storyline"] == cracks["storyline"] is not None
    assert storm["storyline"] is None, "a link alone is no evidence"
    assert opened["storyline"] == repair["storyline"]
    shown = news.aggregate("stories", "show", opened["id"]).out
    assert "storyline: Cracks close Ferrier Bridge" in shown
    assert "continues “Repair of Ferrier Bridge costs more” (Example World, 2026-11-10): links to it; shares " in shown
    assert shown.index("Repair of Ferrier") < shown.index("earlier: 2026-11-01 12:00 UTC  Cracks close")
    lines = {line["title"]: line for line in map(json.loads, news.read("all.jsonl").splitlines())}
    assert lines[OPENING["title"]]["storyline"] == opened["storyline"]
    assert lines[STORM["title"]]["storyline"] is None


def test_a_storyline_is_found_across_runs(news: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", full_texts([CRACKS]))
    news.aggregate("run")
    [before] = news.aggregate("stories", "--json").json
    publisher.serve("/a.xml", full_texts([REPAIR]))
    news.aggregate("run", "--force")
    later, first = news.aggregate("stories", "--json").json
    assert before["storyline"] is None
    assert later["storyline"] == first["storyline"] is not None


def test_a_new_storyline_changes_no_entry_of_a_feed(news: Project, publisher: Publisher) -> None:
    """Readers would show the older story as unread again."""
    news.write("config.toml", news.read("config.toml") + '[[outputs]]\nplugin = "atom"\npath = "feed.atom"\n')
    publisher.serve("/a.xml", full_texts([CRACKS]))
    news.aggregate("run")
    before = last_entry(news)
    publisher.serve("/a.xml", full_texts([REPAIR, CRACKS]))
    news.aggregate("run", "--force")
    first = next(one for one in news.aggregate("stories", "--json").json if one["title"] == CRACKS["title"])
    assert first["storyline"] is not None
    assert last_entry(news) == before
    [output] = [one for one in news.run("--force")["outputs"] if one["path"].endswith("feed.atom")]
    assert output["written"] == 0


def last_entry(project: Project) -> str:
    """Return the last entry of the feed, up to the data of its source."""
    return project.read("feed.atom").rpartition("<entry>")[2].partition("<source>")[0]
