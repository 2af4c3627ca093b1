"""Storylines: a publisher whose article links to its earlier report ties two stories together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import rss as plain_rss


def entry(number: int, day: int, title: str, html: str = "") -> dict[str, Any]:
    return {
        "guid": f"g{number}",
        "link": f"https://courier.example/news/{number}",
        "title": title,
        "description": f"{title}, in short.",
        "content:encoded": html or f"<p>{title}, at length.</p>",
        "pubDate": f"{day:02} Nov 2026 12:00:00 GMT",
    }


def rss(items: list[dict[str, Any]]) -> bytes:
    namespace = b'version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return plain_rss(items).replace(b'version="2.0"', namespace, 1)


def link(number: int, tracking: str = "") -> str:
    return f'<p>See <a class="x" href="https://courier.example/news/{number}{tracking}">our report</a>.</p>'


@pytest.fixture
def news(project: Project, publisher: Publisher) -> Project:
    publisher.serve(
        "/a.xml",
        rss(
            [
                entry(4, 20, "Ferrier Bridge opens again", link(2, "?utm_source=rss&amp;utm_medium=feed")),
                entry(3, 15, "Weather: storms ahead", link(2)),
                entry(2, 10, "Repair of Ferrier Bridge costs more", link(1) + link(99)),
                entry(1, 1, "Cracks close Ferrier Bridge"),
            ]
        ),
    )
    project.configure(
        f'store = "a.db"\n[stories]\nwindow = "24h"\n[[sources]]\nurl = "{publisher.url("/a.xml")}"\n'
        '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\n'
    )
    return project


def test_a_link_to_an_earlier_report_makes_a_storyline(news: Project) -> None:
    assert news.aggregate("run").status == 0
    stories = {story["title"]: story for story in news.aggregate("stories", "--json").json}
    opened, storm, repair, cracks = (
        stories[title]
        for title in (
            "Ferrier Bridge opens again",
            "Weather: storms ahead",
            "Repair of Ferrier Bridge costs more",
            "Cracks close Ferrier Bridge",
        )
    )
    assert repair["storyline"] == cracks["storyline"] is not None
    assert storm["storyline"] is None, "a link alone is no evidence"
    assert opened["storyline"] == repair["storyline"]
    shown = news.aggregate("stories", "show", opened["id"]).out
    assert "storyline: Cracks close Ferrier Bridge" in shown
    assert shown.index("Repair of Ferrier") < shown.index("earlier: 2026-11-01 12:00 UTC  Cracks close")
    lines = {line["title"]: line for line in map(json.loads, news.read("all.jsonl").splitlines())}
    assert lines["Ferrier Bridge opens again"]["storyline"] == opened["storyline"]
    assert lines["Weather: storms ahead"]["storyline"] is None


def test_a_storyline_is_found_across_runs(news: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([entry(1, 1, "Cracks close Ferrier Bridge")]))
    news.aggregate("run")
    [before] = news.aggregate("stories", "--json").json
    publisher.serve("/a.xml", rss([entry(2, 10, "Repair of Ferrier Bridge costs more", link(1))]))
    news.aggregate("run", "--force")
    later, first = news.aggregate("stories", "--json").json
    assert before["storyline"] is None
    assert later["storyline"] == first["storyline"] is not None
