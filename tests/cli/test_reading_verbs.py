"""Verbs that only read: sources, preview, stories, search, explain, plugins, schedule; as text and JSON."""

from __future__ import annotations

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

from aggregator import Article

HOSTILE = "<b>Bold</b> \x1b[31mred\x07 \u202egnp ../../etc/passwd"


@pytest.fixture
def filled(project: Project, publisher: Publisher) -> Project:
    publisher.serve("/a.xml", rss([item(1, title="Harbour bridge opens"), item(2), item(3)], title="First"))
    publisher.serve("/b.xml", rss([item(4, title=HOSTILE)], title="Second"))
    project.configure(
        f'url = "https://d.example/"\nstore = "a.db"\n[[sources]]\nurl = "{publisher.url("/a.xml")}"\n'
        f'[[sources]]\nurl = "{publisher.url("/b.xml")}"\n[[outputs]]\nplugin = "rss"\npath = "public/feed.xml"\n'
    )
    assert project.aggregate("run").status == 0
    return project


@pytest.mark.both_databases
def test_sources(filled: Project) -> None:
    rows = filled.aggregate("sources", "--json").json
    assert [(row["name"], row["plugin"], row["state"], row["articles"]) for row in rows] == [
        ("First", "feed", "ok", 3),
        ("Second", "feed", "ok", 1),
    ]
    assert set(rows[0]) == {
        "name", "url", "plugin", "state", "last_success", "next_due", "failures", "error", "articles",
        "failing_since", "articles_per_week", "newest", "silent", "note", "short_name",
    }  # fmt: skip
    text = filled.aggregate("sources").out
    assert "First" in text
    assert "ok" in text
    filled.aggregate("pause", "second")
    assert [row["state"] for row in filled.aggregate("sources", "--json").json] == ["ok", "paused"]


@pytest.mark.both_databases
def test_stories(filled: Project) -> None:
    rows = filled.aggregate("stories", "--json").json
    assert len(rows) == 4
    assert set(rows[0]) == {"id", "title", "url", "published", "articles", "why", "storyline", "short_id"}
    assert set(rows[0]["articles"][0]) == {"id", "title", "url", "source", "published", "short_id", "short_source"}
    assert [row["published"] for row in rows] == sorted((row["published"] for row in rows), reverse=True)
    assert len(filled.aggregate("stories", "--json", "--limit", "2").json) == 2
    short = rows[0]["id"].removeprefix("urn:uuid:")[:8]
    assert filled.aggregate("stories", "show", short, "--json").json == rows[0] | {
        "outlets": 1,
        "independent": 1,
        "storyline_why": None,
    }
    shown = filled.aggregate("stories", "show", short).out
    assert rows[0]["title"] in shown
    assert "first article of the story" in shown
    assert filled.aggregate("stories", "show", "nonsense").status == 1


@pytest.mark.both_databases
def test_search_and_explain(filled: Project) -> None:
    [found] = filled.aggregate("search", "harbour", "brid", "--json").json
    assert found["title"] == "Harbour bridge opens"
    assert found["title"] in filled.aggregate("search", "harbour").out
    assert filled.aggregate("search", "nowhere", "--json").json == []
    for what in (found["url"], found["id"], found["url"] + "?utm_source=x#top"):
        out = filled.aggregate("explain", what).out
        assert "source: First" in out
        assert "first article of the story" in out
        assert "shown by" in out
        assert "rank 1.00: 1 independent account, 0 h older than the newest story" in out
    [explained] = filled.aggregate("explain", found["id"], "--json").json
    assert explained["outputs"] == [str(filled.folder / "public/feed.xml")]
    unknown = filled.aggregate("explain", "https://nowhere.example/")
    assert unknown.status == 1
    assert "no article has the URL, id or guid" in unknown.err


def test_markup_and_control_characters_are_neutralised(filled: Project) -> None:
    for arguments in (["stories"], ["search", "bold"], ["explain", "tag:world.example,2026:4"]):
        out = filled.aggregate(*arguments).out
        assert "Bold" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
    feed = filled.read("public/feed.xml")
    assert "<b>" not in feed.partition("<item>")[2].partition("<description>")[0]
    assert sorted(path.name for path in filled.folder.iterdir() if path.suffix != ".lock") == [
        "a.db",
        "config.toml",
        "public",
    ]


def test_preview(project: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1), item(2)], title="First"))
    project.configure(f'store = "a.db"\n[[sources]]\nname = "Named"\nurl = "{publisher.url("/a.xml")}"\n')
    path = project.write("some feed.xml", rss([item(3)], title="File"))
    for what, name, count in ((publisher.url("/a.xml"), "Named", 2), ("named", "Named", 2), (str(path), "File", 1)):
        seen = project.aggregate("preview", what, "--json").json
        assert (seen["source"]["name"], len(seen["articles"])) == (name, count)
    assert seen["articles"][0]["id"] == "tag:world.example,2026:3"
    assert "Named: 2 articles" in project.aggregate("preview", "named").out
    assert not (project.folder / "a.db").exists()
    failed = project.aggregate("preview", publisher.url("/none"), "--json")
    assert failed.status == 1
    assert "HTTP 404" in failed.err


def test_lines_with_non_ascii_text_are_laid_out(project: Project) -> None:
    path = project.folder / "feed.xml"
    path.write_bytes(rss([item(1, title="Zürich überrascht", text="Größe zählt — ja.")]))
    assert project.aggregate("preview", str(path)).out.splitlines()[1:3] == ["", "Zürich überrascht"]
    project.configure(f'store = "a.db"\n[[sources]]\nurl = "{path}"\nname = "Käse"\n')
    project.aggregate("run")
    story = project.aggregate("stories", "--json").json[0]
    title, counts, empty, article, *rest = project.aggregate("stories", "show", story["id"]).out.splitlines()
    assert (title, empty) == ("Zürich überrascht", "")
    assert counts == f"{story['id']}: 1 article, 1 outlet, 1 independent account"
    assert article.endswith("Käse: Zürich überrascht")
    assert all(line.startswith("    ") for line in rest)
    explained = project.aggregate("explain", story["url"]).out.splitlines()
    assert explained[0] == "Zürich überrascht"
    assert all(line.startswith("    ") for line in explained[1:])


def test_preview_shows_every_field_that_is_not_internal(project: Project) -> None:
    path = project.folder / "feed.xml"
    path.write_bytes(rss([{"guid": "about", "title": "About"}, item(1)]))
    seen = project.aggregate("preview", str(path), "--json").json["articles"]
    assert [{*article} for article in seen] == [{*Article.__struct_fields__} - {"backlog", "place"}] * 2


def test_preview_needs_no_configuration(project: Project) -> None:
    path = project.write("feed.xml", rss([item(3)]))
    assert len(project.aggregate("preview", str(path), "--json").json["articles"]) == 1


def test_plugins(project: Project) -> None:
    listed = project.aggregate("plugins", "list", "--json").json
    assert {"feed", "jsonl", "rss", "html", "drop"} <= {row["name"] for row in listed["plugins"]}
    assert listed["failed"] == []
    assert "aggregate-news" in project.aggregate("plugins", "list").out
    shown = project.aggregate("plugins", "show", "jsonl").out
    assert "JSON lines" in shown
    assert "path" in shown
    options = project.aggregate("plugins", "show", "rss", "--json").json[0]["options"]
    assert [option["name"] for option in options] == ["by", "hub"]
    assert project.aggregate("plugins", "show", "nope").status == 1


def test_schedule(project: Project) -> None:
    project.configure('store = "a.db"\n')
    config = str(project.folder / "config.toml")
    assert config in project.aggregate("schedule").out
    line = project.aggregate("schedule", "cron", "--every", "30m").out
    assert line.startswith("*/30 * * * * ")
    assert config in line
    assert project.aggregate("schedule", "cron", "--every", "soon").status == 2


@pytest.mark.parametrize("arguments", [["stories"], ["sources"], ["search", "x"], ["run"], ["check"]])
def test_missing_configuration(project: Project, arguments: list[str]) -> None:
    result = project.aggregate(*arguments)
    assert result.status == 2
    assert "aggregate init" in result.err
    assert len(result.err.splitlines()) == 1


def test_unknown_verbs_and_help(project: Project) -> None:
    assert project.aggregate("nonsense").status == 2
    helped = project.aggregate("--help")
    assert helped.status == 0
    assert "explain" in helped.out
    assert project.aggregate("--version").status == 0
