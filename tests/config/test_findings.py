"""What `aggregate check` foresees: errors, warnings and hints, in one line each or as JSON."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from project import Project
from sample_feeds import item, rss

BASE = """
url = "https://daily.example/"
[[sources]]
url = "a.xml"
name = "A"
tags = ["world"]
[[outputs]]
plugin = "html"
path = "public"
"""


@pytest.fixture
def good(project: Project) -> Project:
    project.write("a.xml", rss([item(1)]))
    return project


def findings(project: Project, text: str, level: str | None = None) -> list[dict[str, Any]]:
    project.configure(text)
    result = project.aggregate("check", "--json")
    found = [one for one in result.json if level in (None, one["level"])]
    has_errors = any(one["level"] == "error" for one in result.json)
    assert result.status == (2 if has_errors else 0)
    assert result.err == ""
    return found


def test_a_good_configuration_has_no_finding(good: Project) -> None:
    assert findings(good, BASE) == []
    assert good.aggregate("check", "--strict").status == 0


def filter_table(text: str) -> str:
    return f"{BASE}[[filters]]\n{text}\n"


def output_table(text: str) -> str:
    return f"{BASE}[[outputs]]\n{text}\n"


def source_table(text: str) -> str:
    return f'{BASE}[[sources]]\nname = "B"\n{text}\n'


ERRORS = [
    ('plugins = ["mine"]' + BASE, "plugins", "there is no such folder"),
    ('plugins = ["a.xml"]' + BASE, "plugins", "is not a folder"),
    ('store = "a.xml/news.db"' + BASE, "store", "is a file, not a folder"),
    ('store = "."' + BASE, "store", "is a folder"),
    ('after = ["./upload.sh"]' + BASE, "after", "program not found"),
    (filter_table('plugin = "drop"'), "plugin", "drops every article"),
    (filter_table('plugin = "drop"\ntitle = ""'), "title", "drops every article"),
    (filter_table('plugin = "drop"\nurl = ".*"'), "url", "drops every article"),
    (filter_table('plugin = "drop"\ntitle = "(?s).*"\ntext = "^"'), "title", "matches everything"),
    (source_table('plugin = "command"\nrun = ["./fetch.sh"]'), "run", "program not found"),
    (source_table('plugin = "command"\nrun = ["no-such-program-here", "x"]'), "run", "program not found in the PATH"),
    (source_table('plugin = "command"\nrun = ["./a.xml"]'), "run", "is not executable: run `chmod +x"),
    (source_table('plugin = "command"\nrun = ["sh", "fetch.sh"]'), "run", "there is no file"),
    (source_table('plugin = "command"\nrun = ["ls"]\nfolder = "none"'), "run", "does not exist"),
    (source_table('plugin = "jsonl"'), "path", "set one of `path`, `url`, and not none of them"),
    (source_table('plugin = "page"\npath = "a.xml"\nurl = "https://b.example/"'), "url", "and not 2 of them"),
    (source_table('plugin = "mastodon"'), "account", "set one of `account`, `hashtag`"),
    (output_table('plugin = "command"\nrun = ["./announce.sh"]'), "run", "program not found"),
    (output_table('plugin = "newsletter"\nto = "a@b.example"\nsender = "c@d.example"'), "smtp", "is needed to send"),
    (output_table('plugin = "html"\npath = "page.html"\ntheme = "dark"'), "theme", 'a shipped theme: "broadsheet"'),
    (output_table('plugin = "html"\npath = "page.html"\ncss = "own.css"'), "css", "there is no file"),
    (output_table('plugin = "markdown"\npath = "a.md"\ntemplate = "own.j2"'), "template", "there is no file"),
    (output_table('plugin = "rss"\npath = "a.xml/feed.xml"'), "path", "is a file, not a folder"),
    (output_table('plugin = "html"\npath = "a.xml"'), "path", "is a file; a newspaper is a folder"),
    (output_table('plugin = "rss"\npath = "public/index.html"'), "path", "is a name that [[outputs]] 1"),
    (output_table('plugin = "html"\npath = "public/stories"'), "path", "is a name that [[outputs]] 1"),
    (output_table('plugin = "epub"\npath = "public/2026"'), "path", "is a name that [[outputs]] 1"),
    (
        output_table('plugin = "rss"\npath = "feed.xml"\n[[outputs]]\nplugin = "atom"\npath = "feed.xml/atom"'),
        "path",
        "a file that [[outputs]] 2",
    ),
]


@pytest.mark.parametrize(("text", "key", "message"), ERRORS)
def test_what_cannot_work_is_an_error(good: Project, text: str, key: str, message: str) -> None:
    [error] = findings(good, text, "error")
    assert (error["file"], error["key"]) == ("config.toml", key)
    assert message in error["message"]
    result = good.aggregate("check")
    assert (result.status, result.out) == (2, "")
    [line] = [line for line in result.err.splitlines() if message in line]
    assert line.startswith("aggregate: config.toml: ")
    assert f"{key}" in line


WARNINGS = [
    ('include = "more/*.toml"' + BASE, "include", "matches no file"),
    ('sections = ["wolrd"]' + BASE, "sections", 'did you mean "world"?'),
    (BASE.replace("a.xml", "b.xml"), "url", "there is no such file or folder"),
    (BASE.replace("a.xml", "empty"), "url", "is an empty folder"),
    (source_table('plugin = "jsonl"\npath = "more.jsonl"'), "path", "there is no such file"),
    (source_table('plugin = "mailbox"\npath = "mails"'), "path", "there is no such file"),
    (source_table('url = "https://b.example/feed"\nevery = "10s"'), "every", "once in 1m at most"),
    (
        source_table('url = "https://b.example/feed"\n[[sources]]\nurl = "http://www.b.example/feed/"'),
        "url",
        "is the same address as that of [[sources]] 2",
    ),
    (BASE.replace("tags", "enabled = false\ntags"), "sources", "all are paused"),
    (BASE.partition("[[outputs]]")[0].partition("[[sources]]")[0], "sources", "`aggregate add URL`"),
    (filter_table('plugin = "keep"'), "plugin", "it keeps every article"),
    (filter_table('plugin = "keep"\ntext = ".*"'), "text", "it keeps every article"),
    (filter_table('plugin = "replace"'), "plugin", "it changes nothing"),
    (filter_table('plugin = "tag"\nwhere = "image"'), "plugin", "give `add` or `remove`"),
    (filter_table('plugin = "limit"\nper = "2d"'), "plugin", "give `count` or `age`"),
    (filter_table('plugin = "drop"\ntags = ["sport"]'), "tags", "nothing has this tag"),
    (output_table('plugin = "rss"\npath = "s.xml"\ntags = ["Sports"]'), "tags", "nothing has this tag"),
    (output_table('plugin = "html"\npath = "s.html"\nsections = ["x"]'), "sections", "nothing has this tag"),
    (output_table('plugin = "rss"\npath = "../feed.xml"'), "path", "is outside the folder of the configuration"),
    (source_table('url = "list.opml"\nplugin = "opml"'), "url", "is a list without feeds"),
]


@pytest.mark.parametrize(("text", "key", "message"), WARNINGS)
def test_what_is_suspicious_is_a_warning(good: Project, text: str, key: str, message: str) -> None:
    (good.folder / "empty").mkdir()
    good.write("list.opml", "<opml version='2.0'><body><outline text='x'/></body></opml>")
    text = text if text.startswith(("\n", "[")) else f"{text}\n"
    [warning] = findings(good, text)
    assert (warning["level"], warning["key"]) == ("warning", key)
    assert message in warning["message"]
    result = good.aggregate("check")
    assert (result.status, len(result.err.splitlines())) == (0, 1)
    assert result.err.startswith("aggregate: warning: config.toml: ")
    assert result.out.endswith(": valid, 1 warning\n")
    assert good.aggregate("check", "--strict").status == 1


@pytest.mark.parametrize(
    "text",
    [
        filter_table('plugin = "drop"\ntags = ["world"]'),
        filter_table('plugin = "drop"\nsources = ["A"]'),
        filter_table('plugin = "drop"\nwhere = "image"'),
        filter_table('plugin = "keep"\ntitle = "x"'),
        filter_table('plugin = "limit"\nage = "3d"'),
        filter_table('plugin = "tag"\nadd = ["Sports"]') + '[[outputs]]\nplugin = "rss"\npath = "s"\ntags = ["sports"]',
        source_table('plugin = "command"\nrun = ["./fetch.sh"]\nenabled = false'),
        source_table('plugin = "command"\nrun = ["python3", "-c", "print()"]'),
        source_table('plugin = "command"\nrun = ["tool"]\nenv = { PATH = "/opt/tools" }'),
        output_table('plugin = "rss"\npath = "public/feed.xml"'),
        output_table('plugin = "html"\npath = "public/daily"\ntheme = "compact"'),
        output_table('plugin = "html"\npath = "page.html"\ntheme = "mine"'),
    ],
)
def test_what_works_is_not_reported(good: Project, text: str) -> None:
    (good.folder / "mine").mkdir()
    assert findings(good, text) == []


def test_tags_that_a_publisher_states_are_known_after_a_run(good: Project) -> None:
    good.write("a.xml", rss([item(1) | {"category": "Weather"}]))
    text = output_table('plugin = "rss"\npath = "s.xml"\ntags = ["weather", "snow"]')
    assert ["unless a publisher states it" in one["message"] for one in findings(good, text)] == [True, True]
    good.aggregate("run")
    [left] = findings(good, text)
    assert left["found"] == '["snow"]'
    assert "unless" not in left["message"]


def test_names_of_sources_are_known_after_a_run(good: Project) -> None:
    good.write("b.xml", rss([item(2)], title="The Lantern"))
    text = f'{BASE}sources = ["Lantern"]\n[[sources]]\nurl = "b.xml"\n'
    assert findings(good, text) == []
    good.aggregate("run")
    [unknown] = findings(good, text)
    assert unknown["message"] == 'no source has this name; did you mean "The Lantern"?'
    assert findings(good, text.replace('"Lantern"', '"the lantern"')) == []


def test_a_third_party_filter_may_add_any_tag(good: Project) -> None:
    good.write(
        "mine/tagger.py",
        "from aggregator import hookimpl\ndef tagger(article):\n    return article\n"
        "@hookimpl\ndef register_filters(register):\n    register(tagger)\n",
    )
    text = 'plugins = ["mine"]' + filter_table('plugin = "tagger"')
    assert findings(good, f'{text}[[outputs]]\nplugin = "rss"\npath = "s.xml"\ntags = ["any"]\n') == []


def test_plugins_that_failed_to_load_are_warnings(good: Project) -> None:
    good.write("mine/broken.py", "1 / 0")
    [warning] = findings(good, 'plugins = ["mine"]' + BASE)
    assert warning["level"] == "warning"
    assert "ZeroDivisionError" in warning["message"]


def test_feeds_without_an_address_get_a_hint(good: Project) -> None:
    text = output_table('plugin = "rss"\npath = "feed.xml"').replace('url = "https://daily.example/"', "")
    [hint] = findings(good, text)
    assert (hint["level"], hint["key"]) == ("hint", "url")
    assert good.aggregate("check").err == ""
    result = good.aggregate("check", "--strict")
    assert result.status == 0
    assert "url: is not set: the feeds do not state their own address" in result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folders_without_permission(good: Project) -> None:
    (good.folder / "locked").mkdir(mode=0o500)
    errors = findings(good, 'store = "locked/news.db"' + output_table('plugin = "rss"\npath = "locked/feed.xml"'))
    assert [(one["key"], one["level"]) for one in errors] == [("store", "error"), ("path", "error")]
    assert all("no permission to write in" in one["message"] for one in errors)


def test_mistakes_are_findings_with_their_parts(good: Project) -> None:
    [error] = findings(good, BASE + 'limit = "many"\n')
    assert error == {
        "level": "error",
        "file": "config.toml",
        "where": '[[outputs]] 1 ("public")',
        "key": "limit",
        "found": '"many"',
        "message": "must be a whole number, 0 or more",
    }
    [syntax] = findings(good, "title = London\n")
    assert (syntax["level"], syntax["file"], syntax["key"]) == ("error", "config.toml", "")
    assert "quotes around a text" in syntax["message"]


def test_runs_print_no_warnings(good: Project) -> None:
    good.configure(output_table('plugin = "rss"\npath = "s.xml"\ntags = ["nothing"]'))
    assert good.aggregate("run").err == ""


def test_secrets_are_not_shown(good: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUN_TOKEN", "s3cret-w0rd")
    good.configure(source_table('plugin = "command"\nrun = ["./none.sh", { env = "RUN_TOKEN" }]'))
    for options in ([], ["--json"]):
        result = good.aggregate("check", *options)
        assert result.status == 2
        assert not re.search("w0rd", result.out + result.err)
