"""Malformed items and feeds are reported and do not affect other sources."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from project import Project
from publisher import Publisher
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

PLUGIN = '''
"""Sources that yield readings for the core to parse."""
import time
from aggregator import Channel, Item, Reading, SourceError, hookimpl

def titles(text):
    yield Channel(title="Titles")
    for title in text.split():
        if title == "END":
            raise SourceError("the list is cut off")
        yield Item(id=title, title=title, published=int(title == "END"))

def hang(text):
    yield Item(id=1, title="Never seen")
    time.sleep(3600)

def reads():
    """Yields all items."""
    yield Item(id="own", title="Read at once")
    yield Reading(titles, "One Two Three")

def stops():
    """Ends early with an error."""
    yield Reading(titles, "Four Five END Six")

def breaks():
    """Yields a reading that fails."""
    yield Item(id="kept", title="Read before")
    yield Reading(titles, 7)

def hangs():
    """Yields a reading that does not end."""
    yield Reading(hang, "")

def mixes():
    """Yields objects of wrong types."""
    yield Reading(list, ["junk", Item(title="Seven"), Reading(list, []), object()])

@hookimpl
def register_sources(register):
    for source in (reads, stops, breaks, hangs, mixes):
        register(source)
'''


def titles(project: Project) -> set[str]:
    with sqlite3.connect(project.folder / "news.db") as database:
        return {title for (title,) in database.execute("select title from articles")}


def test_reading_runs_in_the_worker_and_failures_are_reported(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1, title="World")]))
    project.write("my_plugins/later.py", PLUGIN)
    sources = "".join(f'[[sources]]\nplugin = "{name}"\n' for name in ("reads", "stops", "breaks", "hangs", "mixes"))
    project.configure(
        f'store = "news.db"\nplugins = ["my_plugins"]\n{sources}[[sources]]\nurl = "{publisher.url("/world.xml")}"\n'
        '[http]\nallow_private = ["127.0.0.0/8"]\ntimeout = "1s"\n'
    )
    report = project.run()
    assert titles(project) == {"Read at once", "One", "Two", "Three", "Four", "Five", "Read before", "Seven", "World"}
    assert report["articles"]["junk"] == 3
    errors = {error["source"]: error["error"] for error in report["errors"]}
    assert set(errors) == {"stops", "breaks", "hangs", "mixes"}
    assert "yielded 3 values that are not Items, the first of them a str: yield Item(...)" in errors["mixes"]
    assert errors["stops"] == "the list is cut off"
    assert "'int' object has no attribute 'split'" in errors["breaks"]
    assert "later.py, line 8" in errors["breaks"]
    assert "could not be parsed within the timeout" in errors["hangs"]


def test_truncated_feed_is_reported_and_its_complete_items_are_kept(project: Project, publisher: Publisher) -> None:
    whole = rss([item(1, title="One"), item(2, title="Two"), item(3, title="Three")], title="World")
    publisher.serve("/world.xml", whole[: whole.index(b"Three")], headers={"ETag": '"half"'})
    project.configure(f'store = "news.db"\n[[sources]]\nurl = "{publisher.url("/world.xml")}"\n')
    report = project.aggregate("run", "--json").json
    assert [error["error"] for error in report["errors"]] == ["the feed is truncated: its end tag is missing"]
    assert titles(project) == {"One", "Two"}
    publisher.serve("/world.xml", whole, headers={"ETag": '"all"'})
    assert project.run("--force")["sources"]["fetched"] == 1
    assert "If-None-Match" not in publisher.requests[-1].headers
    assert titles(project) == {"One", "Two", "Three"}


def test_lone_surrogates_are_removed(project: Project, publisher: Publisher) -> None:
    feed = """{"version": "https://jsonfeed.org/version/1.1", "title": "Half \\ud800", "items": [
        {"id": "a\\udc00", "title": "One \\ud800 half", "content_html": "<p>\\udfff</p>", "tags": ["\\ud83d"],
         "authors": [{"name": "\\ud83d\\ude00 whole \\ud83d"}], "url": "https://half.example/\\ud800"},
        {"id": "b", "title": "Two", "url": "https://half.example/two"}]}"""
    publisher.serve("/half.json", feed.encode(), content_type="application/feed+json")
    publisher.serve("/world.xml", rss([item(1, title="World")]))
    urls = [publisher.url("/half.json"), publisher.url("/world.xml")]
    project.configure('store = "news.db"\n' + "".join(f'[[sources]]\nurl = "{url}"\n' for url in urls))
    report = project.run()
    assert (report["errors"], report["articles"]["new"]) == ([], 3)
    assert {"Two", "World"} < titles(project)
    assert project.run("--force")["articles"]["new"] == 0


ODD = '''
"""Sources that yield fields of wrong types."""
from lxml import etree
from aggregator import Channel, Item, Reading, Subscription, hookimpl

class Text(str):
    """A subclass of str, as libraries return."""

def good(name):
    return Item(id=name, title=f"Beside {name}")

def title():
    """A title that is a number."""
    return [Channel(title=5), good("title")]

def url():
    """A URL that is a number."""
    return [Channel(url=5), good("url")]

def language():
    """A language that is a number."""
    return [Channel(title="Odd", language=5), good("language")]

def ttl():
    """A number as text."""
    return [Channel(title="Odd", ttl="60", skip_hours=3), good("ttl")]

def listed():
    """A subscription whose name is a number."""
    return [Subscription(name=5, feed="https://x.example/"), good("listed")]

def surrogate():
    """A lone surrogate in a set."""
    return [Item(title="Half", tags={"\\ud800"}), good("surrogate")]

def library():
    """Instances of subclasses of str."""
    root = etree.fromstring("<a><b>https://odd.example/</b><c>Of a library</c></a>")
    [home], [words] = root.xpath("//b/text()"), root.xpath("//c/text()")
    return [Channel(title=Text("Odd"), url=home), Item(id="library", title=words, content=words, url=home)]

class Raises:
    def __bool__(self):
        raise RuntimeError("no")

def raises():
    """A field whose truth value raises."""
    return [Item(title=Raises()), good("raises")]

SOURCES = (title, url, language, ttl, listed, surrogate, library, raises)

@hookimpl
def register_sources(register):
    for source in SOURCES:
        register(source)
'''
NAMES = ("title", "url", "language", "ttl", "listed", "surrogate")


def test_wrongly_typed_fields_do_not_affect_other_items(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1, title="World")]))
    deep = '{"title": "\\ud800 deep", "tags": ' + "[" * 600 + "]" * 600 + '}\n{"title": "Beside deep"}'
    publisher.serve("/deep.jsonl", deep.encode())
    project.write("my_plugins/odd.py", ODD)
    sources = "".join(f'[[sources]]\nplugin = "{name}"\n' for name in (*NAMES, "library", "raises"))
    sources += f'[[sources]]\nplugin = "jsonl"\nurl = "{publisher.url("/deep.jsonl")}"\n'
    project.configure(
        f'store = "news.db"\nplugins = ["my_plugins"]\n{sources}[[sources]]\nurl = "{publisher.url("/world.xml")}"\n'
        '[http]\nallow_private = ["127.0.0.0/8"]\n'
    )
    report = project.run()
    assert [error["source"] for error in report["errors"]] == ["raises"]
    assert "RuntimeError: no" in report["errors"][0]["error"]
    assert titles(project) >= {"World", "Beside deep", "Of a library", *(f"Beside {name}" for name in NAMES)}
    assert project.run("--force")["articles"]["new"] == 0


def test_always_truncated_feed_is_scheduled_like_any_other(project: Project, publisher: Publisher) -> None:
    def serve(*numbers: int) -> None:
        items = [{"guid": str(n), "title": f"No date {n}", "link": f"https://w.example/{n}"} for n in numbers]
        body = rss([item(1), item(2), *items])
        publisher.serve("/world.xml", body[: body.rindex(b"</channel>")])

    serve()
    project.configure(f'store = "news.db"\n[[sources]]\nurl = "{publisher.url("/world.xml")}"\n')
    project.run()
    for n in range(1, 4):
        serve(*range(n))
        with closing(sqlite3.connect(project.folder / "news.db")) as database, database:
            database.execute("update sources set last_try = last_try - 172800, next_due = next_due - 172800")
        project.run()
    with sqlite3.connect(project.folder / "news.db") as database:
        undated = database.execute("select date from articles where title like 'No date%'").fetchall()
        [(failures, kind, wait)] = database.execute("select failures, kind, next_due - last_try from sources")
    assert len(undated) == 3
    assert all(date > 0 for (date,) in undated), "later items are news, not backlog"
    assert (failures, kind) == (4, "part")
    assert wait <= 86400
