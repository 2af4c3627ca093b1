"""What a source gave is read beside the others: it costs nobody else anything, whatever it holds."""

from __future__ import annotations

import sqlite3

from conftest import Project, Publisher
from feeds import item, rss

PLUGIN = '''
"""Sources that leave the reading to the core."""
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
    """Reads all of it."""
    yield Item(id="own", title="Read at once")
    yield Reading(titles, "One Two Three")

def stops():
    """Ends early, and says so."""
    yield Reading(titles, "Four Five END Six")

def breaks():
    """Has a mistake in what reads."""
    yield Item(id="kept", title="Read before")
    yield Reading(titles, 7)

def hangs():
    """Never ends reading."""
    yield Reading(hang, "")

def mixes():
    """Yields what is none of it."""
    yield Reading(list, ["junk", Item(title="Seven"), Reading(list, []), object()])

@hookimpl
def register_sources(register):
    for source in (reads, stops, breaks, hangs, mixes):
        register(source)
'''


def titles(project: Project) -> set[str]:
    with sqlite3.connect(project.folder / "news.db") as database:
        return {title for (title,) in database.execute("select title from articles")}


def test_what_plugins_leave_to_be_read(project: Project, publisher: Publisher) -> None:
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
    assert set(errors) == {"stops", "breaks", "hangs"}
    assert errors["stops"] == "the list is cut off"
    assert "'int' object has no attribute 'split'" in errors["breaks"]
    assert "later.py, line 8" in errors["breaks"]
    assert "could not be read in time" in errors["hangs"]


def test_a_feed_that_is_cut_off_is_named_and_gives_what_is_whole_in_it(project: Project, publisher: Publisher) -> None:
    whole = rss([item(1, title="One"), item(2, title="Two"), item(3, title="Three")], title="World")
    publisher.serve("/world.xml", whole[: whole.index(b"Three")], headers={"ETag": '"half"'})
    project.configure(f'store = "news.db"\n[[sources]]\nurl = "{publisher.url("/world.xml")}"\n')
    report = project.aggregate("run", "--json").json
    assert [error["error"] for error in report["errors"]] == ["the feed is cut off: its end tag is missing"]
    assert titles(project) == {"One", "Two"}
    publisher.serve("/world.xml", whole, headers={"ETag": '"all"'})
    assert project.run("--force")["sources"]["fetched"] == 1
    assert "If-None-Match" not in publisher.requests[-1].headers
    assert titles(project) == {"One", "Two", "Three"}


def test_halves_of_surrogate_pairs_cost_nothing_but_themselves(project: Project, publisher: Publisher) -> None:
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
