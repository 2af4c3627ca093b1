"""What a source gave is read beside the others: it costs nobody else anything, whatever it holds."""

from __future__ import annotations

import sqlite3

from project import Project
from publisher import Publisher
from sample_feeds import item, rss

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
    assert set(errors) == {"stops", "breaks", "hangs", "mixes"}
    assert "yielded 3 things that are no Item, the first a str: yield Item(...)" in errors["mixes"]
    assert errors["stops"] == "the list is cut off"
    assert "'int' object has no attribute 'split'" in errors["breaks"]
    assert "later.py, line 8" in errors["breaks"]
    assert "could not be read in time" in errors["hangs"]


def test_a_feed_that_is_cut_off_is_named_and_gives_what_is_whole_in_it(project: Project, publisher: Publisher) -> None:
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


ODD = '''
"""Sources that yield what looks right and is not."""
from lxml import etree
from aggregator import Channel, Item, Reading, Subscription, hookimpl

class Text(str):
    """As libraries give it."""

def good(name):
    return Item(id=name, title=f"Beside {name}")

def title():
    """A title that is none."""
    return [Channel(title=5), good("title")]

def url():
    """An address that is none."""
    return [Channel(url=5), good("url")]

def language():
    """A language that is none."""
    return [Channel(title="Odd", language=5), good("language")]

def ttl():
    """A number in words."""
    return [Channel(title="Odd", ttl="60", skip_hours=3), good("ttl")]

def listed():
    """A feed without a name."""
    return [Subscription(name=5, feed="https://x.example/"), good("listed")]

def surrogate():
    """Half a character in a set."""
    return [Item(title="Half", tags={"\\ud800"}), good("surrogate")]

def library():
    """Texts of a library's own kind."""
    root = etree.fromstring("<a><b>https://odd.example/</b><c>Of a library</c></a>")
    [home], [words] = root.xpath("//b/text()"), root.xpath("//c/text()")
    return [Channel(title=Text("Odd"), url=home), Item(id="library", title=words, content=words, url=home)]

class Raises:
    def __bool__(self):
        raise RuntimeError("no")

def raises():
    """A field that cannot even be looked at."""
    return [Item(title=Raises()), good("raises")]

SOURCES = (title, url, language, ttl, listed, surrogate, library, raises)

@hookimpl
def register_sources(register):
    for source in SOURCES:
        register(source)
'''
NAMES = ("title", "url", "language", "ttl", "listed", "surrogate")


def test_what_only_looks_right_costs_nothing_but_itself(project: Project, publisher: Publisher) -> None:
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


def test_a_feed_that_is_always_cut_off_is_asked_like_any_other(project: Project, publisher: Publisher) -> None:
    def serve(*numbers: int) -> None:
        items = [{"guid": str(n), "title": f"No date {n}", "link": f"https://w.example/{n}"} for n in numbers]
        body = rss([item(1), item(2), *items])
        publisher.serve("/world.xml", body[: body.rindex(b"</channel>")])

    serve()
    project.configure(f'store = "news.db"\n[[sources]]\nurl = "{publisher.url("/world.xml")}"\n')
    project.run()
    for n in range(1, 4):
        serve(*range(n))
        project.run("--force")
    with sqlite3.connect(project.folder / "news.db") as database:
        undated = database.execute("select date from articles where title like 'No date%'").fetchall()
        [(failures, kind, wait)] = database.execute("select failures, kind, next_due - last_try from sources")
    assert len(undated) == 3
    assert all(date > 0 for (date,) in undated), "what came later is news, and no backlog"
    assert (failures, kind) == (4, "part")
    assert wait <= 86400
