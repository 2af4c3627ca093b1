"""`aggregate edit`, `rename` and `tag` change the configuration, and keep its comments."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from project import Project
from sample_feeds import item, rss

CONFIG = """\
title = "Daily"
sections = ["world", { source = "The Local", label = "Near" }]

# the local one
[[sources]]
url = "local.xml"  # a file
tags = [
    "near",  # first
    "City",
]

[[sources]]
url = "other.xml"
name = "Other"  # mine

# advertisements
[[filters]]
plugin = "drop"
sources = ["the local", "Other"]  # both
title = "ad"

[[outputs]]
plugin = "rss"
path = "local-feed.xml"
sources = ["The Local"]
"""


@pytest.fixture
def collected(project: Project) -> Project:
    project.write("config.toml", CONFIG)
    project.write("local.xml", rss([item(1), item(2)], title="The Local"))
    project.write("other.xml", rss([item(3)], title="Another title"))
    assert project.aggregate("run").status == 0
    return project


def sources(project: Project) -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads(project.read("config.toml"))["sources"]
    return tables


def test_rename_keeps_articles_and_follows_references(collected: Project) -> None:
    before = collected.select("SELECT id, source FROM articles ORDER BY id")
    result = collected.aggregate("rename", "The Local", "Local  Paper")
    assert (result.status, result.out, result.err) == (0, "renamed The Local to Local Paper\n", "")
    text = collected.read("config.toml")
    named = CONFIG.replace('    "City",\n]\n', '    "City",\n]\nname = "Local Paper"\n')
    assert text == (
        named.replace('"the local", "Other"', '"Local Paper", "Other"')
        .replace('sources = ["The Local"]', 'sources = ["Local Paper"]')
        .replace('source = "The Local"', 'source = "Local Paper"')
    )
    collected.aggregate("run")
    assert collected.select("SELECT id, source FROM articles ORDER BY id") == before
    rows = collected.aggregate("sources", "--json").json
    assert [(row["name"], row["articles"]) for row in rows] == [("Local Paper", 2), ("Other", 1)]
    assert collected.aggregate("check").status == 0


def test_rename_of_a_configured_name_keeps_its_comment(collected: Project) -> None:
    assert collected.aggregate("rename", "other.xml", "Third").status == 0
    assert 'name = "Third"  # mine' in collected.read("config.toml")
    assert 'sources = ["the local", "Third"]  # both' in collected.read("config.toml")


@pytest.mark.parametrize(("new", "message"), [("the local", "is already the name of local.xml"), (" ", "not be empty")])
def test_rename_to_a_wrong_name(collected: Project, new: str, message: str) -> None:
    result = collected.aggregate("rename", "Other", new)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert collected.read("config.toml") == CONFIG


def test_rename_of_another_spelling(collected: Project) -> None:
    assert collected.aggregate("rename", "Other", "OTHER").out == "renamed Other to OTHER\n"


@pytest.mark.both_databases
def test_rename_of_a_source_without_an_address(project: Project) -> None:
    project.write("articles.jsonl", '{"id": "1", "title": "One", "url": "https://a.example/1"}\n')
    project.configure('[[sources]]\nplugin = "jsonl"\nname = "Lines"\npath = "articles.jsonl"\n')
    project.aggregate("run")
    before = project.select("SELECT id, source, first_seen FROM articles")
    assert len(before) == 1
    assert project.aggregate("rename", "Lines", "Articles").status == 0
    project.aggregate("run")
    assert project.select("SELECT id, source, first_seen FROM articles") == before
    [row] = project.aggregate("sources", "--json").json
    assert (row["name"], row["articles"], row["state"]) == ("Articles", 1, "ok")
    project.aggregate("rename", "Articles", "Lines")
    project.aggregate("run")
    assert project.select("SELECT id, source, first_seen FROM articles") == before


def test_expressions_that_mention_the_old_name_are_reported(collected: Project) -> None:
    text = CONFIG.replace('title = "ad"', "where = 'source == \"The Local\"'")
    collected.write("config.toml", text)
    result = collected.aggregate("rename", "The Local", "Paper")
    assert result.status == 0
    assert 'config.toml: [[filters]] 1 ("drop"): still mentions the old name; edit it' in result.err


def test_tag_adds_and_removes(collected: Project) -> None:
    result = collected.aggregate("tag", "the local", "news", "CITY", "--remove", "Near")
    assert (result.status, result.out, result.err) == (0, "The Local: City, news\n", "")
    assert sources(collected)[0]["tags"] == ["City", "news"]
    assert 'url = "local.xml"  # a file' in collected.read("config.toml")
    assert collected.aggregate("tag", "The Local").out == "The Local: City, news\n"
    assert collected.aggregate("tag", "Other", "a b", "c").out == "Other: a b, c\n"
    assert sources(collected)[1]["tags"] == ["a b", "c"]


def test_the_last_tag_is_removed_with_its_key(collected: Project) -> None:
    result = collected.aggregate("tag", "The Local", "--remove", "near", "--remove", "city", "--remove", "nothing")
    assert result.out == "The Local: no tags\n"
    assert result.err == "aggregate: The Local has no tag nothing\n"
    assert "tags" not in sources(collected)[0]
    assert collected.aggregate("tag", "The Local").out == "The Local: no tags\n"


def test_changes_in_an_included_file(project: Project) -> None:
    project.write("more.toml", '# more\n[[sources]]\nurl = "https://a.example/"\nname = "A"\n')
    project.write("config.toml", 'include = "more.toml"\n[[outputs]]\nplugin = "rss"\npath = "x"\nsources = ["A"]\n')
    assert project.aggregate("rename", "A", "B").status == 0
    assert project.aggregate("tag", "B", "news").status == 0
    assert project.read("more.toml") == '# more\n[[sources]]\nurl = "https://a.example/"\nname = "B"\ntags = ["news"]\n'
    assert 'sources = ["B"]' in project.read("config.toml")


@pytest.mark.parametrize("verb", [["rename", "Nobody", "X"], ["tag", "Nobody", "x"]])
def test_unknown_names(collected: Project, verb: list[str]) -> None:
    result = collected.aggregate(*verb)
    assert (result.status, result.out) == (2, "")
    assert "Nobody: no source has this name" in result.err


def editor(project: Project, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Set an editor that runs Python code with the file's `path` and `text`."""
    head = "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text()\n"
    script = project.write("editor.py", f"{head}{code}\n")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")


def test_edit_checks_the_changed_file(collected: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(collected, monkeypatch, "path.write_text(text.replace('Daily', 'Weekly'))")
    result = collected.aggregate("edit")
    assert result.status == 0
    assert result.out == "config.toml: 2 sources, 1 filter, 1 output: valid, 1 warning\n"
    assert "nothing has this tag" in result.err
    assert collected.read("config.toml") == CONFIG.replace("Daily", "Weekly")


def test_edit_reports_mistakes_and_keeps_the_text(collected: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(collected, monkeypatch, "path.write_text('titel = 1\\n' + text)")
    result = collected.aggregate("edit")
    assert (result.status, result.out) == (2, "")
    assert 'did you mean "title"?' in result.err
    assert collected.read("config.toml").startswith("titel = 1\n")


def test_edit_without_a_change(collected: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(collected, monkeypatch, "")
    assert collected.aggregate("edit").out == "config.toml: unchanged\n"
    assert collected.read("config.toml") == CONFIG


def test_edit_without_a_configuration_or_an_editor(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    result = project.aggregate("edit")
    assert (result.status, result.err) == (2, "aggregate: no config.toml here: `aggregate init` writes one\n")
    project.write("config.toml", "")
    monkeypatch.setenv("VISUAL", str(Path("/nonexistent/editor")))
    result = project.aggregate("edit")
    assert result.status == 1
    assert "/nonexistent/editor" in result.err


def test_a_tag_is_named_without_its_terminal_escapes(project: Project) -> None:
    project.write("config.toml", CONFIG)
    result = project.aggregate("tag", "other.xml", "--remove", "\x1b[31mred")
    assert result.err == "aggregate: Other has no tag [31mred\n"
