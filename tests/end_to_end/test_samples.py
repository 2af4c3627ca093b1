"""The edition that the shipped configuration makes of the samples."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from project import ROOT, Project

pytestmark = pytest.mark.e2e

SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.is_file() and path.name != "README.md")

ARTICLES = {
    "Counting House": 7,
    "Courier Weekend": 3,
    "Der Spreebote": 5,
    "Foyer": 5,
    "Harbour Evening Post": 4,  # complete items without the coupon, which the filter drops
    "Low Tide": 2,
    "Meridian Wire": 8,
    "Parish Pump": 4,
    "Quiet Orbit": 6,
    "The Lantern": 7,
    "The Pennine Ledger": 6,
    "The Thames Courier": 12,
    "Touchline": 6,
}
COPIES = {
    "https://pennineledger.example/world/lisbon-deep-sea-trawling-agreement": "Meridian Wire",
    "https://harbourpost.example/story.asp?id=7724": "Meridian Wire",
    "https://weekend.thamescourier.example/reads/lock-keeper": "The Thames Courier",
    "https://thamescourier.example/2026/11/21/swans-boating-lake": "The Thames Courier",
}
SHARED_STORIES = {
    "bridge": ("Ferrier Bridge", {"The Thames Courier", "Meridian Wire", "The Lantern", "Parish Pump"}),
    "ferries": ("Estuary Lines", {"Counting House", "The Thames Courier", "Meridian Wire"}),
    "asteroid": ("Curlew", {"Quiet Orbit", "Meridian Wire", "The Lantern"}),
    "volcano": ("São Brandão", {"Meridian Wire", "The Lantern", "Quiet Orbit"}),
    "painting": ("piano", {"Foyer", "The Thames Courier", "The Lantern"}),
    "cup": ("Ashby", {"Touchline", "The Thames Courier", "The Pennine Ledger"}),
    "buses": ("night bus", {"The Thames Courier", "Counting House", "Parish Pump"}),
}
SIMILAR = ("London weather, ", "Markets at the close: ", "Deptford ")


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the samples were published."""
    folder = tmp_path_factory.mktemp("edition")
    shutil.copytree(ROOT / "samples", folder / "samples")
    shutil.copy(ROOT / "config.toml", folder)
    project = Project(folder)
    result = project.aggregate("run", "--json", "--strict")
    assert (result.status, result.err) == (0, "")
    assert result.json["articles"]["junk"] == 0
    return project


@pytest.fixture(scope="module")
def rows(edition: Project) -> list[dict[str, Any]]:
    """Every article of the edition, from the `jsonl` output."""
    return [json.loads(line) for line in edition.read("public/articles.jsonl").splitlines()]


@pytest.fixture(scope="module")
def stories(edition: Project) -> list[dict[str, Any]]:
    return list(edition.aggregate("stories", "--json", "--limit", "0").json)


def outlets(story: dict[str, Any]) -> set[str]:
    return {article["source"] for article in story["articles"]}


def test_every_sample_is_configured_and_described() -> None:
    with (ROOT / "config.toml").open("rb") as file:
        configured = {source["url"] for source in tomllib.load(file)["sources"]}
    assert configured == {f"samples/{path.name}" for path in SAMPLES} - {"samples/page.html"}
    described = re.findall(r"^\| `([\w.-]+)` \|", (ROOT / "samples" / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(described) == [path.name for path in SAMPLES]


def test_samples_use_example_domains_only() -> None:
    namespaces = {"www.w3.org", "purl.org", "www.itunes.com", "my.netscape.com", "jsonfeed.org"}
    namespaces |= {"search.yahoo.com"}
    for path in SAMPLES:
        hosts = set(re.findall(r"https?://([\w.-]+)", path.read_text("latin-1")))
        assert {host for host in hosts - namespaces if not host.endswith(".example")} == set(), path.name


def test_every_source_yields_its_articles(rows: list[dict[str, Any]]) -> None:
    counts = {name: sum(row["source"]["name"] == name for row in rows) for name in ARTICLES}
    assert counts == ARTICLES
    assert len(rows) == sum(ARTICLES.values())
    assert all(row["published"] and row["title"] and row["summary"] for row in rows)


def test_broken_feed_yields_its_complete_items(rows: list[dict[str, Any]]) -> None:
    own = [f"{row['title']}: {row['summary']}" for row in rows if row["source"]["name"] == "Harbour Evening Post"]
    text = "\n".join(own)
    assert "“little boats”: Estuary Lines" in text
    assert "£412 million" in text
    assert "café renames its breakfast: The grey seal" in text
    assert "“Full Seal” is two eggs" in text
    assert "Lifeboat" not in text


def test_copies_are_exactly_the_articles_with_the_same_text(rows: list[dict[str, Any]]) -> None:
    outlet_of = {row["id"]: row["source"]["name"] for row in rows}
    copies = {row["url"]: outlet_of[row["duplicate_of"]] for row in rows if row["duplicate_of"]}
    assert copies == COPIES


@pytest.mark.parametrize("name", SHARED_STORIES)
def test_reports_of_several_outlets_are_one_story(name: str, stories: list[dict[str, Any]]) -> None:
    words, wanted = SHARED_STORIES[name]
    about = [story for story in stories if any(words.lower() in a["title"].lower() for a in story["articles"])]
    assert max(len(outlets(story) & wanted) for story in about) >= 3
    assert all(len(story["why"]) == len(story["articles"]) - 1 and all(story["why"]) for story in about)


@pytest.mark.parametrize("beginning", SIMILAR)
def test_similar_articles_are_not_copies(beginning: str, rows: list[dict[str, Any]]) -> None:
    alike = [row for row in rows if row["title"].startswith(beginning)]
    assert len(alike) >= 2
    assert [row for row in alike if row["duplicate_of"]] == []


def test_enclosures_and_languages_are_kept(rows: list[dict[str, Any]]) -> None:
    sounds = {row["title"]: row["enclosures"] for row in rows if row["source"]["name"] == "Low Tide"}
    [sound] = sounds["Episode 41: The bridge that sang"]
    assert sound["url"] == "https://lowtide.example/audio/041.mp3"
    assert (sound["type"], sound["length"], sound["duration"]) == ("audio/mpeg", 36691200, 2292)
    german = [row for row in rows if (row["language"] or "").startswith("de")]
    assert {row["source"]["name"] for row in german} == {"Der Spreebote"}
    assert len(german) == ARTICLES["Der Spreebote"]
    assert "Londoner Brücke nach 19 Monaten wieder offen" in {row["title"] for row in german}


def test_page_has_its_sections_and_feed_its_stories(edition: Project, stories: list[dict[str, Any]]) -> None:
    page = edition.read("public/index.html")
    assert re.search(r"<h1[^>]*><a [^>]*>London Daily</a></h1>", page)
    assert page.count('src="pictures/') >= 8
    assert "Focus on the big picture." in page
    for section in ("World", "City", "Business", "Science", "Sport", "Culture"):
        assert re.search(rf"<h2[^>]*>{section}</h2>", page), section
    assert "coupon" not in page.lower()
    feed = ElementTree.fromstring(edition.read("public/feed.xml"))
    assert len(feed.findall("channel/item")) == len(stories)


def test_a_storyline_leads_to_the_earlier_story(edition: Project, stories: list[dict[str, Any]]) -> None:
    [bridge] = [story for story in stories if story["title"].startswith("Ferrier Bridge reopens")]
    shown = edition.aggregate("stories", "show", bridge["id"]).out
    assert "Forty lorries full of sand" in shown
    pages = [page.read_text(encoding="utf-8") for page in (edition.folder / "public").glob("*/**/*.html")]
    headline = re.compile("<h1[^>]*>Ferrier Bridge reopens")
    [article, story] = [page.partition('id="earlier"')[2] for page in pages if headline.search(page)]
    assert "Forty lorries full of sand" in article
    assert "Forty lorries full of sand" in story


def test_an_episode_can_be_heard(edition: Project) -> None:
    pages = [page.read_text(encoding="utf-8") for page in (edition.folder / "public" / "articles").rglob("*.html")]
    [episode] = [page for page in pages if "<h1>Episode 41" in page]
    assert re.search(r'<audio controls [^>]*src="https://lowtide\.example/audio/041\.mp3"', episode)


def test_second_run_writes_nothing(edition: Project) -> None:
    before = state_of(edition.folder.glob("public/**/*"))
    report = edition.run()
    assert report["sources"]["unchanged"] == report["sources"]["total"]
    assert report["articles"]["new"] == report["articles"]["updated"] == 0
    assert [output["written"] for output in report["outputs"]] == [0] * 7
    assert state_of(edition.folder.glob("public/**/*")) == before


def state_of(files: Iterable[Path]) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files if path.is_file()}
