"""`aggregate check` reports every mistake at once, with status 2."""

from __future__ import annotations

import pytest
from project import Project
from sample_feeds import item, rss

GOOD = """
[[sources]]
url = "a.xml"
[[sources]]
url = "b.xml"
[[filters]]
plugin = "drop"
title = "x"
[[outputs]]
plugin = "rss"
path = "feed.xml"
"""


def write_sources(project: Project) -> None:
    for name in ("a.xml", "b.xml"):
        project.write(name, rss([item(1)]))


def test_valid_configuration(project: Project) -> None:
    project.configure(GOOD)
    write_sources(project)
    result = project.aggregate("check")
    assert (result.status, result.err) == (0, "")
    assert result.out == "config.toml: 2 sources, 1 filter, 1 output: valid\n"


def test_every_mistake_is_reported_and_no_file_is_made(project: Project) -> None:
    project.configure(GOOD.replace("title", "titel") + 'limit = "many"\n[[filters]]\nplugin = "dorp"\n')
    result = project.aggregate("check")
    assert (result.status, result.out) == (2, "")
    assert result.err.splitlines() == [
        'aggregate: config.toml: [[outputs]] 1 ("feed.xml"): limit = "many": must be a whole number, 0 or more',
        'aggregate: config.toml: [[filters]] 1 ("drop"): titel = "x": unknown key; did you mean "title"?',
        'aggregate: config.toml: [[filters]] 2 ("dorp"): plugin = "dorp": unknown filter plugin; did you mean "drop"?',
    ]
    assert project.aggregate("run").status == 2
    assert [path.name for path in project.folder.iterdir()] == ["config.toml"]


def test_missing_configuration(project: Project) -> None:
    result = project.aggregate("check")
    assert result.status == 2
    assert result.err == "aggregate: no config.toml here: `aggregate init` writes one\n"


def test_config_option(project: Project) -> None:
    project.write("news/daily.toml", GOOD)
    assert project.aggregate("-c", "news/daily.toml", "check").out.startswith("news/daily.toml: 2 sources")


def test_broken_plugin_is_an_error_only_where_it_is_used(project: Project) -> None:
    project.write("mine/broken.py", "1 / 0")
    project.configure('plugins = ["mine"]\n' + GOOD)
    result = project.aggregate("check")
    assert result.status == 0
    assert "ZeroDivisionError" in result.err
    project.configure('plugins = ["mine"]\n[[sources]]\nplugin = "broken"\n')
    result = project.aggregate("check")
    assert result.status == 2
    assert 'plugin = "broken": could not be loaded' in result.err


def test_control_characters_are_not_printed(project: Project) -> None:
    project.configure('"\\u001b[31mkey\\u202e" = "\\u001b]0;x\\u0007"\n')
    assert not {"\x1b", "\x07", "\u202e"} & set(project.aggregate("check").err)


ADDRESS = "postgresql://ann:s3cret-w0rd@/news?host=/nonexistent&sslpassword=an0ther-word"


@pytest.mark.parametrize("store", [f'"{ADDRESS}"', '{ env = "NEWS_STORE" }'])
def test_no_command_shows_the_password_of_the_store(
    project: Project, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.setenv("NEWS_STORE", ADDRESS)
    project.configure(f"store = {store}\n{GOOD}")
    write_sources(project)
    assert project.aggregate("check").out == "config.toml: 2 sources, 1 filter, 1 output: valid\n"
    project.write("a.xml", "")
    commands = ("run", "run --dry-run", "run --json", "sources", "stories", "search x", "deliveries", "editions")
    for command in (*commands, "plugins list", "preview a.xml", "pause a.xml", "export", "schedule cron"):
        for debug in ([], ["--debug"]):
            result = project.aggregate(*debug, *command.split())
            assert "w0rd" not in result.out + result.err
            assert "an0ther" not in result.out + result.err
            if "postgresql" in result.err and not debug:
                assert "postgresql://ann@/news: " in result.err
                assert result.status == 1
    assert "postgresql://ann@/news: " in project.aggregate("run").err


def test_a_wrong_address_of_the_store_is_reported_without_its_password(project: Project) -> None:
    project.configure('store = "postgresql://ann:s3cret/w0rd@db/news"')
    result = project.aggregate("check")
    assert (result.status, result.out) == (2, "")
    mistake = "must be percent-encoded: in a password, %40 for @, %2F for /, %3F for ?"
    assert result.err == f'aggregate: config.toml: store = "postgresql://…": {mistake}\n'
