"""`aggregate stories storyline` shows the storyline of a story, and corrects it for good."""

from __future__ import annotations

import json

import pytest
from linked_feed import CRACKS, OPENING, OUTPUTS, REPAIR, STORM, entry, full_texts, link
from project import Project
from sample_feeds import words


@pytest.fixture
def news(project: Project) -> Project:
    """Three reports of one saga, which link to each other, and one of another subject."""
    project.write("a.xml", full_texts([OPENING, STORM, REPAIR, CRACKS]))
    project.configure(f'{OUTPUTS}[[sources]]\nurl = "a.xml"\n')
    project.run()
    return project


def ids(project: Project) -> dict[str, str]:
    """Return the id of each story by its title."""
    return {story["title"]: story["id"] for story in project.aggregate("stories", "--json").json}


def saga(project: Project, story: str) -> list[str]:
    """Return the titles of the stories in the storyline of a story."""
    return [one["title"] for one in project.aggregate("stories", "storyline", story, "--json").json["stories"]]


def correct(project: Project, *arguments: str) -> str:
    result = project.aggregate("stories", "storyline", *arguments)
    assert (result.status, result.err) == (0, "")
    return result.out


@pytest.mark.both_databases
def test_the_storyline_of_a_story_is_shown_with_all_its_stories(news: Project) -> None:
    story = ids(news)[REPAIR["title"]]
    lines = [line.strip() for line in news.aggregate("stories", "storyline", story[9:20]).out.splitlines()]
    assert lines[0] == CRACKS["title"]
    assert lines[1].endswith(": 3 stories")
    titles = (CRACKS["title"], REPAIR["title"], OPENING["title"])
    assert [line[22:] for line in lines if line.endswith(titles) and line != lines[0]] == [*titles]
    assert lines[lines.index(story) + 1].startswith(f"continues “{CRACKS['title']}” (Example World, 2026-11-01): links")
    view = news.aggregate("stories", "storyline", story, "--json").json
    assert set(view) == {"id", "title", "by_hand", "stories"}
    assert [(one["title"], one["by_hand"]) for one in view["stories"]] == [(title, False) for title in titles]
    assert [one["why"] is None for one in view["stories"]] == [True, False, False]
    assert news.aggregate("stories", "storyline", ids(news)[STORM["title"]]).out == "no storyline\n"


@pytest.mark.both_databases
def test_a_story_is_put_into_a_storyline_for_good(news: Project) -> None:
    storm, opening = ids(news)[STORM["title"]], ids(news)[OPENING["title"]]
    assert correct(news, storm, "--with", opening[9:]) == f"put into: {CRACKS['title']}\n"
    news.run("--force")
    assert STORM["title"] in saga(news, opening)
    assert "put here by hand" in news.aggregate("stories", "show", storm).out
    explained = news.aggregate("explain", STORM["link"]).out
    assert f"storyline: {CRACKS['title']}; put here by hand" in explained
    rows = [json.loads(line) for line in news.read("all.jsonl").splitlines()]
    assert len({row["storyline"] for row in rows}) == 1


def test_two_stories_found_a_storyline(news: Project) -> None:
    news.write("a.xml", full_texts([entry(5, 21, "Storm over"), OPENING, STORM, REPAIR, CRACKS]))
    news.run("--force")
    known = ids(news)
    assert correct(news, known["Storm over"], "--with", known[STORM["title"]]) == f"put into: {STORM['title']}\n"
    assert saga(news, known[STORM["title"]]) == [STORM["title"], "Storm over"]


@pytest.mark.both_databases
def test_a_story_is_taken_out_for_good(news: Project) -> None:
    repair = ids(news)[REPAIR["title"]]
    assert correct(news, repair, "--none") == f"taken out: {REPAIR['title']}\n"
    news.write("a.xml", full_texts([entry(6, 11, "Ferrier Bridge waits", link(2)), OPENING, STORM, REPAIR, CRACKS]))
    news.run("--force")
    assert saga(news, ids(news)[OPENING["title"]]) == [CRACKS["title"], OPENING["title"]]
    assert saga(news, ids(news)["Ferrier Bridge waits"]) == []
    for verb in ("show", "storyline"):
        assert "no storyline: taken out by hand" in news.aggregate("stories", verb, repair).out
    correct(news, repair, "--with", ids(news)[OPENING["title"]])
    assert REPAIR["title"] in saga(news, repair)


@pytest.mark.both_databases
def test_a_storyline_is_renamed(news: Project) -> None:
    opening = ids(news)[OPENING["title"]]
    assert correct(news, opening, "--title", "  The  bridge ") == "renamed: The bridge\n"
    news.run("--force")
    assert news.aggregate("stories", "storyline", opening, "--json").json["title"] == "The bridge"
    assert "storyline: The bridge" in news.aggregate("stories", "show", opening).out


def test_corrections_are_exported(news: Project) -> None:
    known = ids(news)
    correct(news, known[STORM["title"]], "--with", known[OPENING["title"]])
    correct(news, known[REPAIR["title"]], "--none")
    rows = [json.loads(line) for line in news.aggregate("export", "--corrections").out.splitlines()]
    assert [(row["kind"], row["title"], row["story"], row["storyline"] is None) for row in rows] == [
        ("storyline", REPAIR["title"], known[REPAIR["title"]], True),
        ("storyline", STORM["title"], known[STORM["title"]], False),
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ffffffff"], 1, "no story begins with 'ffffffff'"),
        (["STORM", "--with", "nonsense"], 1, "no story begins with 'nonsense'"),
        (["STORM", "--with", "STORM"], 1, "are one story: Weather: storms ahead"),
        (["STORM", "--title", "Storms"], 1, "belongs to no storyline; `--with OTHER` puts it into that of another"),
        (["OPENING", "--title", "  "], 1, "the title of a storyline cannot be empty"),
        (["OPENING", "--none", "--title", "Bridge"], 2, "--with, --none, --title and --json exclude each other"),
    ],
)
def test_an_impossible_correction_is_reported_in_one_line(
    news: Project, arguments: list[str], status: int, message: str
) -> None:
    known = {"STORM": ids(news)[STORM["title"]], "OPENING": ids(news)[OPENING["title"]]}
    result = news.aggregate("stories", "storyline", *(known.get(one, one) for one in arguments))
    assert result.status == status
    assert message in result.err.splitlines()[-1]
    assert len(saga(news, known["OPENING"])) == 3


def test_copies_have_the_storyline_of_their_story(project: Project) -> None:
    repair = REPAIR | {"description": words(7, 40)}
    project.write("a.xml", full_texts([repair, CRACKS]))
    project.write("b.xml", full_texts([repair | {"link": "https://echo.example/2", "guid": "e2"}]))
    project.configure(f'{OUTPUTS}[[sources]]\nurl = "a.xml"\n[[sources]]\nurl = "b.xml"\nname = "Echo"\n')
    project.run()
    rows = [json.loads(line) for line in project.read("all.jsonl").splitlines()]
    assert [row["title"] for row in rows if row["duplicate_of"]] == [REPAIR["title"]]
    assert len(rows) == 3
    assert len({row["storyline"] for row in rows} - {None}) == 1
    assert None not in {row["storyline"] for row in rows}
