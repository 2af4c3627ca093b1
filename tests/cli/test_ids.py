"""Every id that a verb prints is an id that every other verb takes."""

from __future__ import annotations

import pytest
from project import Project
from sample_feeds import item, rss, words

BRIDGE = "All 212 hangers of Ferrier Bridge were replaced in 19 months, says engineer Ove Brandt. "
OUTLETS = ("Courier", "Gazette", "Herald")


def report(number: int, title: str = "Ferrier Bridge reopens to buses", text: str = BRIDGE) -> dict[str, str]:
    link = f"https://news.example/{number}"
    return item(number, f"{title} ({words(number, 2)})", text + words(number, 15)) | {"link": link, "guid": link}


@pytest.fixture
def news(project: Project) -> Project:
    """Three outlets with one story of three reports, and one of a single report each."""
    for number, outlet in enumerate(OUTLETS, 1):
        entries = [report(number), report(number + 10, f"{outlet} wins a prize", "")]
        project.write(f"{outlet}.xml", rss(entries, title=outlet, link=f"https://{outlet.lower()}.example/"))
    sources = "".join(f'[[sources]]\nurl = "{outlet}.xml"\ntags = ["{outlet}"]\n' for outlet in OUTLETS)
    project.configure(f'url = "https://d.example/"\n{sources}[[outputs]]\nplugin = "html"\npath = "public"\n')
    assert project.run()["errors"] == []
    return project


@pytest.mark.both_databases
def test_ids_of_one_verb_are_taken_by_the_others(news: Project) -> None:
    listed = news.aggregate("stories").out.splitlines()[1:]
    stories = [line.split()[0] for line in listed]
    articles = [line.split()[0] for line in news.aggregate("search", "ferrier").out.splitlines()[1:]]
    assert (len(stories), len(articles)) == (4, 3)
    assert {len(id) for id in stories} == {8}
    assert {len(id) for id in articles} == {7}
    for id in articles:
        for identifier in (id, id[:6], id.upper()):
            explained = news.aggregate("explain", identifier, "--json").json
            assert [one["short_id"] for one in explained] == [id]
            story = news.aggregate("stories", "show", identifier, "--json").json
            assert id in [article["short_id"] for article in story["articles"]]
        assert f"id: {id}\n" in news.aggregate("explain", id).out
    for id in stories:
        shown = news.aggregate("stories", "show", id)
        assert news.aggregate("explain", id).out == shown.out
        view = news.aggregate("stories", "show", id, "--json").json
        assert view["short_id"] == id
        assert all(article["short_id"] in shown.out for article in view["articles"])
    assert news.aggregate("explain", articles[0], articles[1], "--json").json["together"] is True
    assert news.aggregate("stories", "split", articles[1]).status == 0
    assert news.aggregate("explain", articles[0], articles[1][:5], "--json").json["together"] is False
    assert news.aggregate("stories", "merge", articles[0], articles[1]).status == 0
    assert news.aggregate("stories", "storyline", articles[0], "--json").status == 0


@pytest.mark.both_databases
def test_ids_stay_the_same_over_runs(news: Project) -> None:
    before = news.aggregate("search", "ferrier", "--json").json
    news.write("Courier.xml", rss([report(1), report(50, "Another", "")], title="Courier"))
    news.run("--force")
    assert news.aggregate("search", "ferrier", "--json").json == before


def test_unknown_and_ambiguous_ids(news: Project) -> None:
    for verb in (["explain"], ["stories", "show"], ["stories", "split"]):
        unknown = news.aggregate(*verb, "0000000")
        assert (unknown.status, unknown.out) == (1, "")
        [line] = unknown.err.splitlines()
        assert "0000000" in line
    ambiguous = news.aggregate("stories", "show", "urn:uuid:")
    assert ambiguous.status == 1
    [line] = ambiguous.err.splitlines()
    assert line.startswith("aggregate: 4 stories begin with 'urn:uuid:': ")
    assert line.count("(story: ") == 4


def test_stories_of_a_selection_are_in_the_order_of_the_page(news: Project) -> None:
    by_time = news.aggregate("stories", "--json").json
    assert [row["published"] for row in by_time] == sorted((row["published"] for row in by_time), reverse=True)
    page = [story["id"] for story in news.aggregate("editions", "show", _day(news), "--json").json[0]["stories"]]
    ranked = [row["id"] for row in news.aggregate("stories", "--order", "rank", "--json").json]
    assert ranked == page
    assert [row["id"] for row in news.aggregate("stories", "--since", "3000d", "--json").json] == page
    titles = [line.split()[0] for line in news.aggregate("stories", "--since", "3000d").out.splitlines()[1:]]
    assert titles == [id.removeprefix("urn:uuid:")[:8] for id in page]
    newest = news.aggregate("stories", "--since", "3000d", "--order", "time", "--json").json
    assert newest == by_time


def _day(news: Project) -> str:
    day: str = news.aggregate("editions", "--json").json[0]["day"]
    return day


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--outlets", "3"], 1),
        (["--outlets", "4"], 0),
        (["--tag", "gazette"], 2),
        (["--tag", "gazette", "--tag", "Herald"], 3),
        (["--source", "gazette"], 2),
        (["--source", "Gazette.xml", "--outlets", "2"], 1),
        (["--tag", "nothing"], 0),
        (["--since", "1h"], 0),
        (["--limit", "2", "--since", "3000d"], 2),
    ],
)
def test_stories_are_selected(news: Project, options: list[str], count: int) -> None:
    for order in ([], ["--order", "time"]):
        assert len(news.aggregate("stories", "--json", *options, *order).json) == count


def test_wrong_selections_are_reported(news: Project) -> None:
    unknown = news.aggregate("stories", "--source", "Gazete")
    assert unknown.err == 'aggregate: Gazete: no source has this name; did you mean "Gazette"?\n'
    assert unknown.status == 2
    misspelt = news.aggregate("stories", "--tag", "gazete")
    assert misspelt.err == 'no story matches: no source has the tag "gazete"; did you mean "Gazette"?\n'
    assert (misspelt.status, misspelt.out) == (0, "")
    soon = news.aggregate("stories", "--since", "soon")
    assert (soon.status, "'soon'" in soon.err) == (2, True)
