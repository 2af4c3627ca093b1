"""`aggregate preview` of outputs and filters: with the stored articles, into a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import Project
from sample_feeds import item, rss

OUTPUT = '''
from aggregator import Delivery, hookimpl

def headlines(edition, *, path, delivered, mark: str = "-", pages: bool = False):
    """Headlines."""
    yield "", "\\n".join(f"{mark} {story.title}" for story in edition.stories).encode()
    if pages:
        yield "more/page.txt", b"more"
        yield Delivery(key="1", recipient="reader@news.example", payload=b"letter", label="Morning")

def send(payload, http):
    """Send it."""
    raise AssertionError("a preview delivers nothing")

@hookimpl
def register_outputs(register):
    register(headlines, deliver=send)
'''
FILTER = '''
from aggregator import Drop, hookimpl

def no_bridge(article, *, word: str = "Bridge"):
    """No bridges."""
    return Drop(f"has {word}") if word in article.title else article.replace(title=article.title.upper())

@hookimpl
def register_filters(register):
    register(no_bridge)
'''


@pytest.fixture
def news(project: Project) -> Project:
    titles = ("Ferrier Bridge reopens", "Weather: mild")
    project.write("feed.xml", rss([item(n, title) for n, title in enumerate(titles)], title="Courier"))
    project.configure('[[sources]]\nurl = "feed.xml"\n[[outputs]]\nplugin = "rss"\npath = "public/news.xml"\n')
    assert project.run()["errors"] == []
    project.write("headlines.py", OUTPUT)
    project.write("no_bridge.py", FILTER)
    return project


def lines(project: Project, *arguments: str) -> list[str]:
    result = project.aggregate("preview", *arguments)
    assert (result.status, result.err) == (0, "")
    return result.out.splitlines()


def state(project: Project) -> dict[str, int]:
    """Return the files of the folder, with the time of their last change."""
    files = (path for path in project.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path): path.stat().st_mtime_ns for path in files}


@pytest.mark.both_databases
def test_the_single_file_of_an_output_is_printed(news: Project) -> None:
    before, editions = state(news), news.select("SELECT count(*) FROM outputs")
    first, _, *printed = lines(news, "headlines.py", "--option", "mark=*")
    assert first.startswith("headlines: 1 file of 2 stories, in ")
    assert sorted(printed) == ["* Ferrier Bridge reopens", "* Weather: mild"]
    after = {path: time for path, time in state(news).items() if not Path(path).name.startswith("aggregate.db")}
    assert after == {path: time for path, time in before.items() if not Path(path).name.startswith("aggregate.db")}
    assert news.select("SELECT count(*) FROM outputs") == editions


def test_several_files_and_deliveries_are_listed(news: Project) -> None:
    found = news.aggregate("preview", "headlines.py", "--option", "pages=true", "--json").json["outputs"][0]
    folder = Path(found["folder"])
    assert [(one["name"], one["bytes"]) for one in found["files"]] == [("", 40), ("more/page.txt", 4)]
    assert all(Path(one["path"]).is_relative_to(folder) for one in found["files"])
    assert Path(found["files"][1]["path"]).read_bytes() == b"more"
    [delivery] = found["deliveries"]
    assert (delivery["label"], delivery["recipient"]) == ("Morning", "reader@news.example")
    assert Path(delivery["file"]).read_bytes() == b"letter"


@pytest.mark.parametrize("name", ["public/news.xml", "news.xml", "rss", "RSS"])
def test_a_configured_output_is_previewed(news: Project, name: str) -> None:
    before = news.read("public/news.xml")
    news.write("config.toml", news.read("config.toml").replace("[[outputs]]", "[[outputs]]\ntitle = 'Other'"))
    found = news.aggregate("preview", "--output", name, "--json").json["outputs"][0]
    written = next(Path(one["path"]) for one in found["files"] if one["name"] == "")
    assert "<title>Other</title>" in written.read_text()
    assert news.read("public/news.xml") == before


def test_a_filter_is_shown_the_stored_articles(news: Project) -> None:
    assert lines(news, "no_bridge.py") == [
        'plugin "no_bridge": 2 shown, 1 dropped, 1 changed',
        "    dropped: Ferrier Bridge reopens: has Bridge",
        "    changed: Weather: mild: title",
    ]
    assert "2 shown, 0 dropped" in lines(news, "no_bridge.py", "--option", "word=none")[0]


def test_a_configured_table_of_the_plugin_applies(news: Project) -> None:
    news.write("own/headlines.py", OUTPUT)
    table = '[[outputs]]\nplugin = "headlines"\npath = "public/list.txt"\nmark = "+"\n'
    news.write("config.toml", f'plugins = ["own"]\n{news.read("config.toml")}\n{table}')
    assert "+ Weather: mild" in lines(news, "own/headlines.py")


def test_without_a_store_sample_articles_are_used(project: Project) -> None:
    project.write("headlines.py", OUTPUT)
    result = project.aggregate("preview", "headlines.py")
    assert result.status == 0
    assert "- Ferrier Bridge reopens to buses" in result.out
    assert result.err == "aggregate: there is no store yet, so these are the sample articles of the test kit\n"
    assert not (project.folder / "aggregate.db").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--output", "new.xml"], 2, "no output has the path, the label or the plugin 'new.xml'; did you mean"),
        (["headlines.py", "--option", "mrk=+"], 2, 'mrk: unknown option; did you mean "mark"?'),
        ([], 2, "give either a source, an address or a plugin file, or --output OUTPUT"),
        (["headlines.py", "--output", "rss"], 2, "give either a source"),
        (["failing.py"], 1, 'plugin "failing"'),
    ],
)
def test_mistakes(news: Project, arguments: list[str], status: int, message: str) -> None:
    broken = OUTPUT.replace("headlines", "failing").replace('yield "",', 'raise ValueError("no"); yield "",')
    news.write("failing.py", broken)
    result = news.aggregate("preview", *arguments)
    assert result.status == status
    assert message in result.err


def test_text_of_sources_cannot_control_the_terminal(news: Project) -> None:
    news.write("headlines.py", OUTPUT.replace('f"{mark}', 'f"\\x1b[31mred{mark}'))
    result = news.aggregate("preview", "headlines.py")
    assert "red" in result.out
    assert "\x1b" not in result.out
