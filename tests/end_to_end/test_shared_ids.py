"""Different articles under one guid or one link are shown as different articles, now and later."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project import Project
from sample_feeds import rss, words

GUID = re.compile(r"<guid[^>]*>([^<]*)</guid>")
CONFIGURATIONS = {
    "grouped": '[[sources]]\nurl = "feed.xml"\n',
    "source not grouped": '[[sources]]\nurl = "feed.xml"\nstories = false\n',
    "nothing grouped": '[[sources]]\nurl = "feed.xml"\n[stories]\nenabled = false\n',
}
OUTPUTS = '[[outputs]]\nplugin = "rss"\npath = "feed.out"\nlimit = 0\n'


def published(project: Project) -> list[str]:
    """Run, and return the guids of the RSS feed."""
    project.run("--force")
    return GUID.findall(project.read("feed.out"))


def shirt(number: int, **changes: str) -> dict[str, str]:
    """Return one of several items with the same link and date, and without a guid."""
    picture = f'<img src="https://cdn.shirts.example/{number}.jpg"> by {words(number, 1)}'
    item = {"title": words(number, 3).capitalize(), "link": "https://shirts.example", "description": picture}
    return {**item, "pubDate": "Sat, 28 Nov 2026 22:00:00 +0000", **changes}


def release(number: int) -> dict[str, str]:
    """Return one of several releases under one permalink."""
    address = "https://pack.example/knot/rope"
    return {
        "title": f"knot/rope (2.{number}.0)",
        "link": address,
        "guid": address,
        "pubDate": f"{10 + number} Nov 2026 10:00:00 +0000",
        "description": "A rope library",
    }


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=list(CONFIGURATIONS))
@pytest.mark.parametrize("items", [[shirt(n) for n in range(6)], [release(n) for n in range(3)]], ids=["link", "guid"])
def test_articles_that_share_an_id_are_items_of_their_own(
    project: Project, configuration: str, items: list[dict[str, str]]
) -> None:
    project.configure(configuration + OUTPUTS)
    project.write("feed.xml", rss(items))
    guids = published(project)
    assert len(set(guids)) == len(guids) == len(items)
    assert published(project) == guids


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=list(CONFIGURATIONS))
def test_a_later_article_under_a_used_guid_is_a_new_item(project: Project, configuration: str) -> None:
    project.configure(configuration + OUTPUTS)
    seen: set[str] = set()
    for number in range(3):
        item = shirt(number, guid="today", pubDate=f"Sat, {20 + number} Nov 2026 22:00:00 +0000")
        project.write("feed.xml", rss([item]))
        new = set(published(project)) - seen
        assert len(new) == 1
        seen |= new


def test_a_story_without_evidence_has_one_article(project: Project) -> None:
    project.configure(CONFIGURATIONS["grouped"] + OUTPUTS)
    project.write("feed.xml", rss([shirt(n, guid="") for n in range(6)]))
    project.run()
    stories: list[dict[str, Any]] = project.aggregate("stories", "--json").json
    assert [len(story["articles"]) for story in stories] == [1] * 6


IDS = st.sampled_from([{}, {"guid": ""}, {"guid": "shared"}, {"guid": "https://shirts.example"}, {"link": ""}])


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(IDS, min_size=1, max_size=8), st.lists(IDS, max_size=4))
def test_every_distinct_article_founds_a_story_of_its_own(
    first: list[dict[str, str]], later: list[dict[str, str]]
) -> None:
    with TemporaryDirectory() as folder:
        project = Project(Path(folder))
        project.configure(CONFIGURATIONS["nothing grouped"] + OUTPUTS)
        items = [shirt(number, **ids) for number, ids in enumerate([*first, *later])]
        project.write("feed.xml", rss(items[: len(first)]))
        before = published(project)
        project.write("feed.xml", rss(items))
        after = published(project)
    assert len(set(before)) == len(before) == len(first)
    assert len(set(after)) == len(after) == len(items)
    assert set(before) <= set(after)
