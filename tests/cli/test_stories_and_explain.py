"""Corrections of stories: `stories split`, `stories merge`, `explain A B`, `export --corrections`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project import Project
from sample_feeds import item, rss, words

BRIDGE = "All 212 hangers of Ferrier Bridge were replaced in 19 months, says engineer Ove Brandt. "
OUTLETS = ("Courier", "Gazette", "Herald")


def write(project: Project, outlet: str, *items: dict[str, str]) -> None:
    project.write(f"{outlet}.xml", rss(items, title=outlet, link=f"https://{outlet.lower()}.example/"))


def report(number: int, title: str = "Ferrier Bridge reopens to buses", text: str = BRIDGE) -> dict[str, str]:
    link = f"https://news.example/{number}"
    return item(number, f"{title} ({words(number, 2)})", text + words(number, 15)) | {"link": link, "guid": link}


@pytest.fixture
def news(project: Project) -> Project:
    """Three outlets with one story of three reports, and one of a single report each."""
    for number, outlet in enumerate(OUTLETS, 1):
        write(project, outlet, report(number), report(number + 10, f"{outlet} wins a prize", ""))
    sources = "".join(f'[[sources]]\nurl = "{outlet}.xml"\n' for outlet in OUTLETS)
    project.configure(
        f'url = "https://d.example/"\n{sources}[[outputs]]\nplugin = "rss"\npath = "feed.xml"\n'
        '[[outputs]]\nplugin = "jsonl"\npath = "all.jsonl"\nlimit = 0\n'
    )
    assert project.run()["errors"] == []
    return project


def story_of(project: Project) -> dict[str, str]:
    """Map the number in the URL of each article to the id of its story."""
    rows = [json.loads(line) for line in project.read("all.jsonl").splitlines()]
    return {row["url"].rpartition("/")[2]: row["story"] for row in rows}


def stories(project: Project) -> list[set[str]]:
    """Return the groups of articles that `stories` lists, by the numbers in their URLs, largest first."""
    rows = project.aggregate("stories", "--json").json
    groups = [{a["url"].rpartition("/")[2] for a in story["articles"]} for story in rows]
    return sorted(groups, key=lambda group: (-len(group), sorted(group)))


@pytest.mark.both_databases
def test_split_persists(news: Project) -> None:
    before = story_of(news)
    assert before["1"] == before["2"] == before["3"]
    result = news.aggregate("stories", "split", "https://news.example/2")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("split: Ferrier Bridge reopens to buses")
    write(news, "Courier", report(1), report(4))
    news.run()
    after = story_of(news)
    assert after["1"] == after["3"] == before["1"]
    assert after["2"] != after["1"]
    shown = news.aggregate("stories", "show", before["1"]).out
    assert "(moved)" in shown
    assert f"now in {after['2']}" in shown
    explained = news.aggregate("explain", "https://news.example/1", "https://news.example/2").out
    assert "two stories: split manually" in explained


@pytest.mark.both_databases
def test_merge_persists_and_both_ids_resolve(news: Project) -> None:
    before = story_of(news)
    result = news.aggregate("stories", "merge", before["1"], before["11"])
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("merged into urn:uuid:")
    news.run("--offline")
    after = story_of(news)
    assert after["1"] == after["2"] == after["11"]
    for old in (before["1"], before["11"]):
        assert news.aggregate("stories", "show", old[9:17], "--json").json["id"] == after["1"]
    explained = news.aggregate("explain", "https://news.example/11", "https://news.example/3").out
    assert "one story: merged manually" in explained


def test_merge_keeps_the_guid_of_the_feed(news: Project) -> None:
    before = story_of(news)
    news.aggregate("stories", "merge", before["1"], before["11"])
    news.run("--offline")
    feed = news.read("feed.xml")
    kept = story_of(news)["1"]
    assert kept in (before["1"], before["11"])
    assert feed.count(f">{kept}</guid>") == 1
    assert feed.count("<item>") == len(set(before.values())) - 1


@pytest.mark.both_databases
def test_last_correction_wins(news: Project) -> None:
    together = story_of(news)["1"]
    news.aggregate("stories", "split", "https://news.example/2")
    news.run("--offline")
    apart = story_of(news)["2"]
    assert apart != together
    news.aggregate("stories", "merge", together, apart)
    news.run("--offline")
    assert story_of(news)["2"] == story_of(news)["1"] == together
    labels = {row["label"] for row in corrections(news)}
    assert labels == {"same"}
    news.aggregate("stories", "split", "https://news.example/2")
    assert stories(news)[0] == {"1", "3"}


def corrections(project: Project) -> list[dict[str, Any]]:
    result = project.aggregate("export", "--corrections")
    assert (result.status, result.err) == (0, "")
    return [json.loads(line) for line in result.out.splitlines()]


@pytest.mark.both_databases
def test_corrections_are_exported_as_labelled_pairs(news: Project) -> None:
    assert corrections(news) == []
    before = story_of(news)
    news.aggregate("stories", "split", "https://news.example/2")
    news.aggregate("stories", "merge", before["11"], before["12"])
    rows = corrections(news)
    pairs = {
        (frozenset(a["url"].rpartition("/")[2] for a in row["articles"]), row["label"], row["kind"]) for row in rows
    }
    assert pairs == {
        (frozenset({"1", "2"}), "different", "corrected"),
        (frozenset({"2", "3"}), "different", "corrected"),
        (frozenset({"11", "12"}), "same", "corrected"),
    }
    for row in rows:
        assert [row["a"], row["b"]] == [a["id"] for a in row["articles"]]


def explained_lines(project: Project, a: int, b: int) -> list[str]:
    lines = project.aggregate("explain", f"https://news.example/{a}", f"https://news.example/{b}").out.splitlines()
    return [line.strip() for line in lines]


def test_explain_compares_two_articles(news: Project) -> None:
    explained = news.aggregate("explain", "https://news.example/1", "https://news.example/2", "--json").json
    assert explained["together"] is True
    assert {"Ferrier", "Bridge"} & set(explained["words"])
    assert explained["score"] > explained["bar"]
    first, second, line, *_ = explained_lines(news, 1, 2)
    assert first.startswith("Courier: Ferrier Bridge reopens to buses")
    assert second.startswith("Gazette: Ferrier Bridge reopens to buses")
    assert line.startswith("one story: both have ")
    figures = f"score {explained['score']:+.1f}, two single articles need {explained['bar']:+.1f}"
    assert line.endswith(f"; close enough by themselves ({figures})")
    apart = explained_lines(news, 1, 12)
    assert apart[2].startswith("two stories: ")
    [only] = [line for line in apart if line.startswith("only the second has ")]
    assert "prize" in only
    assert "no article of the one story resembles one of the other" in apart


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["stories", "split", "https://news.example/99"],
            "no article has the URL, id or guid 'https://news.example/99'",
        ),
        (["stories", "split", "https://news.example/11"], "is alone in its story: there is nothing to split it from"),
        (["stories", "merge", "urn:uuid:", "ffff"], "stories begin with 'urn:uuid:'"),
        (["stories", "merge", "nonsense", "more"], "no story begins with 'nonsense'"),
        (["explain", "https://news.example/1", "nothing"], "no article has the URL, id or guid 'nothing'"),
    ],
)
def test_impossible_correction_is_reported_in_one_line(news: Project, arguments: list[str], message: str) -> None:
    before = stories(news)
    result = news.aggregate(*arguments)
    assert result.status == 1
    [line] = result.err.splitlines()
    assert message in line
    assert stories(news) == before


def test_story_is_not_merged_with_itself(news: Project) -> None:
    story = story_of(news)["1"]
    result = news.aggregate("stories", "merge", story, story[9:20])
    assert result.status == 1
    assert "are already one story" in result.err


@pytest.mark.both_databases
def test_correction_is_refused_during_a_run(news: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction locks the store, as a run does."""
    monkeypatch.setattr("aggregator.context.LOCK_PATIENCE", 1)
    with news.locked():
        result = news.aggregate("stories", "split", "https://news.example/2")
    assert result.status != 0
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("setting", "groups"),
    [
        ("[stories]\nenabled = false", 6),
        ("[stories]\nwindow = '30s'", 6),
        ("[stories]\nstrictness = 'loose'", 4),
        ("[stories]\nstrictness = 'strict'", 4),
    ],
)
def test_grouping_is_configurable(news: Project, setting: str, groups: int) -> None:
    (news.folder / "aggregate.db").unlink()
    news.write("config.toml", f"{news.read('config.toml')}\n{setting}\n")
    news.run()
    assert len(stories(news)) == groups


def test_source_with_stories_false_is_not_grouped(news: Project) -> None:
    (news.folder / "aggregate.db").unlink()
    text = news.read("config.toml")
    news.write("config.toml", text.replace('url = "Gazette.xml"', 'url = "Gazette.xml"\nstories = false'))
    news.run()
    assert {"2"} in stories(news)
    assert {"1", "3"} in stories(news)
