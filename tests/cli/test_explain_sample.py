"""What `stories show` and `explain` tell about the stories of the sample feeds: one account, whichever is asked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from project import Project

ROOT = Path(__file__).parents[2]
COURIER = "https://thamescourier.example/2026/11/24/ferrier-bridge-reopens"
LANTERN, HARBOUR = "https://lantern.example/a/8841", "https://harbourpost.example/story.asp?id=7731"
WIRE, LISBON = "https://meridianwire.example/m-90417", "https://meridianwire.example/m-90388"
LISBON_COPIES = (
    "https://pennineledger.example/world/lisbon-deep-sea-trawling-agreement",
    "https://harbourpost.example/story.asp?id=7724",
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample feeds, collected once for all tests."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(ROOT / "samples", folder / "samples")
    sources = "".join(f'[[sources]]\nurl = "samples/{path.name}"\n' for path in feeds())
    project = Project(folder)
    project.configure(f'url = "https://d.example/"\n{sources}[[outputs]]\nplugin = "jsonfeed"\npath = "feed.json"\n')
    assert project.run()["errors"] == []
    return folder


def feeds() -> Iterator[Path]:
    return (path for path in sorted((ROOT / "samples").iterdir()) if path.suffix in (".xml", ".atom", ".rdf", ".json"))


@pytest.fixture
def sample(collected: Path, tmp_path: Path) -> Project:
    shutil.copytree(collected, tmp_path / "copy")
    return Project(tmp_path / "copy")


def compared(project: Project, a: str, b: str) -> dict[str, Any]:
    result: dict[str, Any] = project.aggregate("explain", a, b, "--json").json
    return result


def story_of(project: Project, url: str) -> str:
    [explained] = project.aggregate("explain", url, "--json").json
    return str(explained["story"])


def test_articles_that_are_not_close_are_connected_by_others_that_are_named(sample: Project) -> None:
    found = compared(sample, LANTERN, HARBOUR)
    assert found["together"]
    assert found["score"] < found["bar"]
    [connection, *_] = found["connected_by"]
    assert connection["url"] not in (LANTERN, HARBOUR)
    assert not found["chain"]
    text = sample.aggregate("explain", LANTERN, HARBOUR).out
    assert "not close enough by themselves (score " in text
    assert f"connected by {connection['source']}: “{connection['title']}” (score " in text


def test_a_pair_has_one_score_wherever_it_is_shown(sample: Project) -> None:
    found = compared(sample, LANTERN, HARBOUR)
    assert found["score"] == compared(sample, HARBOUR, LANTERN)["score"]
    for connection in found["connected_by"]:
        assert compared(sample, LANTERN, connection["url"])["score"] == connection["first"]
        assert compared(sample, connection["url"], HARBOUR)["score"] == connection["second"]
    reasons = sample.aggregate("stories", "show", story_of(sample, LANTERN), "--json").json["why"]
    assert all("closeness to the story" in reason and "score" not in reason for reason in reasons)


def test_one_account_of_one_article(sample: Project) -> None:
    shown = sample.aggregate("stories", "show", story_of(sample, WIRE), "--json").json
    reasons = dict(zip([one["url"] for one in shown["articles"][1:]], shown["why"], strict=False))
    for url, reason in reasons.items():
        [explained] = sample.aggregate("explain", url, "--json").json
        assert explained["why"] == reason
        assert f"joined the story: {reason}" in sample.aggregate("explain", url).out


def test_two_stories_have_what_keeps_them_apart(sample: Project) -> None:
    found = compared(sample, WIRE, LISBON)
    assert not found["together"]
    assert found["apart"]
    assert {"Ferrier", "Bridge"} <= {*found["only_a"]}
    assert "Lisbon" in found["only_b"]


def test_copies_of_one_article(sample: Project) -> None:
    assert "both are copies of Meridian Wire: “Thirty-one countries" in compared(sample, *LISBON_COPIES)["why"]
    why = compared(sample, LISBON, LISBON_COPIES[0])["why"]
    assert why.startswith("the second is a copy: the same headline and text as Meridian Wire: “Thirty-one")
    assert "both are the same article" in compared(sample, LISBON, LISBON)["why"]


def cited(reason: str) -> str | None:
    """Return the title that a reason names."""
    found = re.search(r"“(.*)”", reason)
    return found and found[1]


def test_no_reason_cites_an_article_that_was_split_off(sample: Project) -> None:
    story = story_of(sample, COURIER)
    while True:
        shown = sample.aggregate("stories", "show", story, "--json").json
        titles = {article["title"] for article in shown["articles"]}
        assert {cited(reason) for reason in shown["why"]} <= titles
        assert len(shown["why"]) == len(titles) - 1
        [first] = sample.aggregate("explain", shown["articles"][0]["url"], "--json").json
        assert first["why"] is None, "it is the first article of what is left"
        if len(titles) == 1:
            break
        sample.aggregate("stories", "split", shown["articles"][0]["url"])
    sample.run("--offline")
    assert "closeness" not in sample.aggregate("stories", "show", story).out
    assert compared(sample, COURIER, WIRE)["why"].startswith("split manually; both have ")


def test_merged_stories_say_so(sample: Project) -> None:
    sample.aggregate("stories", "merge", story_of(sample, WIRE), story_of(sample, LISBON))
    found = compared(sample, WIRE, LISBON)
    assert found["together"]
    assert found["why"].startswith("merged manually; ")
    sample.aggregate("stories", "split", COURIER)
    shown = sample.aggregate("stories", "show", story_of(sample, WIRE), "--json").json
    assert {cited(reason) for reason in shown["why"]} - {None} <= {article["title"] for article in shown["articles"]}
