"""`aggregate run` against an HTTP server: requests, report, messages, store and outputs."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from project import Project
from publisher import Exchange, Publisher
from sample_feeds import item, rss

pytestmark = pytest.mark.e2e

CONFIG = """
title = "London Daily"
tagline = "Focus on the big picture."
url = "https://daily.example/"
store = "news.db"

[[sources]]
url = "{url}"
{more}

[[outputs]]
plugin = "rss"
path = "public/feed.xml"

[[outputs]]
plugin = "jsonfeed"
path = "public/feed.json"
"""


def configure(project: Project, *urls: str, more: str = "") -> None:
    first, *rest = urls
    text = CONFIG.format(url=first, more=more)
    project.configure(text + "".join(f'\n[[sources]]\nurl = "{url}"\n' for url in rest))


def count(project: Project) -> int:
    [(number,)] = project.select("select count(*) from articles")
    return int(number)


@pytest.mark.both_databases
def test_first_run_and_unchanged_second_run(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1), item(2), item(3)]), headers={"ETag": '"a"'})
    configure(project, publisher.url("/world.xml"))
    report = project.run()
    assert report["sources"] == {"total": 1, "fetched": 1, "unchanged": 0, "skipped": 0, "failed": 0}
    assert report["articles"]["new"] == 3
    assert report["stories"] == {"new": 3, "updated": 0}
    assert [(o["written"], o["unchanged"]) for o in report["outputs"]] == [(2, 0), (1, 0)]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.folder.glob("public/*.*")}
    report = project.run("--force")
    assert report["sources"] == {"total": 1, "fetched": 0, "unchanged": 1, "skipped": 0, "failed": 0}
    assert report["articles"]["new"] == report["articles"]["updated"] == 0
    assert [(o["written"], o["unchanged"]) for o in report["outputs"]] == [(0, 2), (0, 1)]
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.folder.glob("public/*.*")}
    assert publisher.requests[-1].headers["If-None-Match"] == '"a"'


def test_validators_survive_changes_of_other_settings(project: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)]), headers={"ETag": '"a"'})
    publisher.serve("/b.xml", rss([item(2)]), headers={"ETag": '"b"'})
    first, second = (f'[[sources]]\nurl = "{publisher.url(path)}"\n' for path in ("/a.xml", "/b.xml"))
    project.configure(f'{first}name = "A"\n{second}name = "B"\n')
    project.run()
    project.configure(f'{second}name = "New name"\ntags = ["x"]\nevery = "1h"\n')
    assert project.run("--force")["sources"]["unchanged"] == 1
    assert publisher.requests[-1].headers["If-None-Match"] == '"b"'


def test_messages_name_the_first_failing_sources_and_all_outputs(project: Project) -> None:
    sources = "".join(f'[[sources]]\nurl = "{n}.xml"\nname = "Source {n:02}"\n' for n in range(30))
    project.configure(f'{sources}[[outputs]]\nplugin = "rss"\npath = "taken"\n')
    project.write("taken/x", "a folder where a file is to be")
    result = project.aggregate("run", "--json")
    assert len(result.json["errors"]) == 31
    assert result.json.keys() == {"started", "seconds", "sources", "articles", "stories", "outputs", "errors"}
    lines = [line.removeprefix("aggregate: ") for line in result.err.splitlines()]
    assert [line.partition(":")[0] for line in lines[:20]] == [f"Source {n:02}" for n in range(20)]
    assert "is a folder" in lines[20]
    assert lines[21:] == ["and 10 more sources: `aggregate sources` lists them"]


def test_source_that_is_not_due_receives_no_request(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"), more='every = "30m"')
    project.run()
    assert project.run()["sources"]["skipped"] == 1
    assert len(publisher.requests) == 1


def test_successful_run_prints_nothing(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"))
    result = project.aggregate()
    assert (result.status, result.out, result.err) == (0, "", "")


@pytest.mark.both_databases
def test_failing_source_is_reported_and_does_not_affect_the_others(project: Project, publisher: Publisher) -> None:
    publisher.serve("/good.xml", rss([item(1), item(2)]))
    publisher.serve("/gone.xml", b"gone fishing", status=404)
    publisher.serve("/page.xml", b"<!doctype html><title>Log in</title><p>Log in to read on.", content_type="text/html")
    configure(project, *(publisher.url(path) for path in ("/gone.xml", "/good.xml", "/page.xml")))
    result = project.aggregate("run", "--json")
    assert result.status == 0
    assert result.json["sources"]["failed"] == 2
    assert result.json["articles"]["new"] == 2
    assert len(result.err.splitlines()) == 2
    assert "HTTP 404" in result.err
    assert "web page" in result.err
    assert project.aggregate("run", "--force", "--strict").status == 1


@pytest.mark.both_databases
def test_status_is_1_if_every_source_fails(project: Project, publisher: Publisher) -> None:
    publisher.serve("/gone.xml", b"", status=404)
    configure(project, publisher.url("/gone.xml"))
    assert project.aggregate("run").status == 1


@pytest.mark.both_databases
def test_articles_of_a_failing_source_are_kept(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1), item(2)]))
    configure(project, publisher.url("/world.xml"))
    project.run()
    feed = project.read("public/feed.xml")
    publisher.serve("/world.xml", b"boom", status=500)
    assert project.run("--force")["sources"]["failed"] == 1
    assert project.read("public/feed.xml") == feed
    [row] = project.aggregate("sources", "--json").json
    assert (row["state"], row["failures"], row["articles"]) == ("failing", 1, 2)
    assert "HTTP 500" in row["error"]
    publisher.serve("/world.xml", rss([item(1), item(2)]))
    project.run("--force")
    [row] = project.aggregate("sources", "--json").json
    assert (row["state"], row["failures"], row["error"]) == ("ok", 0, None)


@pytest.mark.both_databases
def test_permanent_redirects_are_remembered_and_temporary_ones_are_not(project: Project, publisher: Publisher) -> None:
    publisher.serve("/new.xml", rss([item(1)]))
    publisher.serve("/old.xml", b"", status=301, headers={"Location": "/new.xml"})
    publisher.serve("/other.xml", b"", status=302, headers={"Location": "/new.xml"})
    configure(project, publisher.url("/old.xml"), publisher.url("/other.xml"))
    project.run()
    publisher.requests.clear()
    project.run("--force")
    assert sorted(request.path for request in publisher.requests) == ["/new.xml", "/new.xml", "/other.xml"]


@pytest.mark.both_databases
def test_gone_source_receives_no_more_requests(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", b"", status=410)
    configure(project, publisher.url("/world.xml"))
    assert "HTTP 410" in project.aggregate("run").err
    project.aggregate("run", "--force")
    assert len(publisher.requests) == 1
    assert project.aggregate("sources", "--json").json[0]["state"] == "gone"


def test_private_address_is_refused_unless_allowed(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    text = CONFIG.format(url=publisher.url("/world.xml"), more="")
    project.configure(text, allow_private=False)
    result = project.aggregate("run")
    assert result.status == 1
    assert "private" in result.err
    assert "allow_private" in result.err
    assert publisher.requests == []


def test_url_may_be_a_file_or_a_folder(project: Project) -> None:
    project.write("one.xml", rss([item(1)]))
    project.write("many/a.xml", rss([item(2)]))
    project.write("many/b.xml", rss([item(3), item(4)]))
    configure(project, "one.xml", "many")
    assert project.run()["articles"]["new"] == 4
    assert project.run("--force")["articles"]["new"] == 0


@pytest.mark.both_databases
def test_dry_run_stores_and_writes_nothing(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"))
    report = project.run("--dry-run")
    assert report["articles"]["new"] == 1
    assert report["outputs"][0]["written"] == 2
    assert not (project.folder / "public").exists()
    if project.database:
        assert project.select("select * from pg_tables where schemaname = 'public'") == []
    else:
        assert not (project.folder / "news.db").exists()
    assert project.run()["articles"]["new"] == 1
    publisher.serve("/world.xml", rss([item(1), item(2)]))
    assert project.run("--dry-run", "--force")["articles"]["new"] == 1
    assert count(project) == 1


@pytest.mark.both_databases
def test_source_option_runs_one_source(project: Project, publisher: Publisher) -> None:
    publisher.serve("/a.xml", rss([item(1)], title="First"))
    publisher.serve("/b.xml", rss([item(2)], title="Second"))
    configure(project, publisher.url("/a.xml"), publisher.url("/b.xml"))
    project.run()
    publisher.requests.clear()
    report = project.run("--source", "second")
    assert [request.path for request in publisher.requests] == ["/b.xml"]
    assert report["sources"]["skipped"] == 1
    result = project.aggregate("run", "--source", "Secnd")
    assert result.status == 2
    assert 'did you mean "Second"' in result.err


@pytest.mark.both_databases
def test_offline_run_writes_outputs_from_the_store(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"))
    project.run()
    feed = project.read("public/feed.xml")
    (project.folder / "public/feed.xml").unlink()
    publisher.requests.clear()
    assert project.run("--offline")["outputs"][0]["written"] == 1
    assert project.read("public/feed.xml") == feed
    assert publisher.requests == []


@pytest.mark.both_databases
def test_status_is_1_if_an_output_cannot_be_written(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"))
    (project.folder / "public/feed.xml").mkdir(parents=True)
    result = project.aggregate("run")
    assert result.status == 1
    assert "feed.xml" in result.err
    assert (project.folder / "public/feed.json").exists()
    assert count(project) == 1


@pytest.mark.both_databases
def test_explain_shows_why_a_filter_dropped_an_article(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1), item(2, title="Coupon codes for November")]))
    configure(project, publisher.url("/world.xml"))
    text = project.read("config.toml") + '\n[[filters]]\nplugin = "drop"\ntitle = "(?i)coupon"\n'
    project.configure(text)
    report = project.run()
    assert (report["articles"]["new"], report["articles"]["dropped"]) == (1, 1)
    assert project.run("--force")["articles"]["dropped"] == 0
    out = project.aggregate("explain", "https://world.example/news/2").out
    assert "drop" in out
    assert "coupon" in out
    project.configure(text.replace("coupon", "voucher"))
    assert project.run("--force")["articles"]["new"] == 1


@pytest.mark.both_databases
def test_same_text_at_two_outlets_is_one_story_with_a_copy(project: Project, publisher: Publisher) -> None:
    text = (
        "The harbour authority of Port Ellery said on Tuesday that 14 ships were moved before the storm, and that no "
        "one was hurt when the pier gave way shortly after midnight."
    )
    for name, site in (("a", "https://a.example"), ("b", "https://b.example")):
        wire = item(7, title="Fourteen ships moved as Port Ellery pier gives way", text=text, site=site)
        publisher.serve(f"/{name}.xml", rss([wire], title=f"Outlet {name}", link=site))
    configure(project, publisher.url("/a.xml"), publisher.url("/b.xml"))
    report = project.run()
    assert (report["articles"]["new"], report["articles"]["duplicates"]) == (2, 1)
    [story] = project.aggregate("stories", "--json").json
    assert len(story["articles"]) == 2
    assert story["why"]
    assert count(project) == 2


def test_second_run_is_refused_while_one_is_active(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    configure(project, publisher.url("/world.xml"))
    with project.locked():
        result = project.aggregate("run")
    assert (result.status, result.out) == (75, "")
    assert re.fullmatch(r"aggregate: \S+: locked by another run \(process \d+\); nothing was changed\n", result.err)
    assert publisher.requests == []


@pytest.mark.parametrize("content", [b"this is not a database", b"SQLite format 3\0" + b"\0" * 100])
def test_foreign_store_is_refused_and_unchanged(project: Project, publisher: Publisher, content: bytes) -> None:
    configure(project, publisher.url("/world.xml"))
    project.write("news.db", content)
    result = project.aggregate("run")
    assert result.status == 1
    assert len(result.err.splitlines()) == 1
    assert "news.db" in result.err
    assert (project.folder / "news.db").read_bytes() == content
    assert publisher.requests == []


def test_status_is_2_for_a_wrong_configuration_before_any_request(project: Project, publisher: Publisher) -> None:
    configure(project, publisher.url("/world.xml"), more='evry = "30m"\nlimits = 3')
    result = project.aggregate("run")
    assert result.status == 2
    assert 'did you mean "every"' in result.err
    assert len(result.err.splitlines()) == 2
    assert publisher.requests == []
    assert not (project.folder / "news.db").exists()


def test_each_feed_of_a_folder_is_an_outlet(project: Project) -> None:
    project.write("feeds/a.xml", rss([item(1), item(2)], title="The First"))
    project.write("feeds/b.rss", rss([item(3)], title="The Second"))
    project.write("feeds/notes.txt", "neither a feed nor named like one")
    project.configure('store = "news.db"\n[[sources]]\nurl = "feeds"\n')
    report = project.run()
    assert (report["articles"]["new"], report["errors"]) == (3, [])
    outlets = [
        article["source"] for story in project.aggregate("stories", "--json").json for article in story["articles"]
    ]
    assert sorted(outlets) == ["The First", "The First", "The Second"]
    assert [row["name"] for row in project.aggregate("sources", "--json").json] == ["feeds"]
    project.write("feeds/broken.xml", "not a feed, but named like one")
    project.write("feeds/c.xml", rss([item(4)], title="The Third"))
    report = project.run("--source", "feeds")
    assert report["articles"]["new"] == 1
    assert "broken.xml: this is not a feed" in report["errors"][0]["error"]


def test_undated_items_of_the_first_run_sort_after_dated_ones(project: Project, publisher: Publisher) -> None:
    about = {"guid": "about", "title": "About this site", "description": "Who we are and how to reach us."}
    contact = about | {"guid": "contact", "title": "Contact", "pubDate": "Mon, 01 Jan 0001 00:00:00 +0000"}
    publisher.serve("/world.xml", rss([about, item(1), item(2), contact]))
    publisher.serve("/page.xml", rss([{"guid": "p", "title": "A headline of a page that has no dates"}]))
    configure(project, publisher.url("/world.xml"), publisher.url("/page.xml"))

    def titles() -> list[str]:
        return [one["title"] for one in project.aggregate("stories", "--json").json]

    project.run()
    first, *_, second_last, last = titles()
    assert first == "A headline of a page that has no dates"
    assert {second_last, last} == {"About this site", "Contact"}
    edited = about | {"description": "Who we are, and since today where."}
    news = {"guid": "new", "title": "What is new since, undated or not"}
    publisher.serve("/world.xml", rss([news, edited, item(1), item(2), contact]))
    assert project.run("--force")["articles"]["updated"] == 1
    assert titles()[0] in (news["title"], first)
    assert {*titles()[-2:]} == {"About this site", "Contact"}


def test_waiting_for_the_limiter_does_not_count_as_silence(project: Project, publisher: Publisher) -> None:
    def slow(exchange: Exchange) -> None:
        threading.Event().wait(0.3)
        exchange.answer(200, rss([item(int(exchange.path[1:]))]))

    for number in range(10):
        publisher.handle(f"/{number}", slow)
    sources = "".join(f'[[sources]]\nurl = "{publisher.url(f"/{number}")}"\n' for number in range(10))
    http = '[http]\nallow_private = ["127.0.0.0/8"]\nper_host = 1\ntimeout = "1s"\n'
    project.configure(f'store = "news.db"\n{sources}{http}')
    assert project.run()["sources"]["fetched"] == 10


def test_first_run_with_more_articles_than_one_grouping_batch(
    project: Project, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.pipeline.GROUPING_BATCH", 4)
    told = "Ferrier Bridge closed to buses after barge strikes pier"
    for site in ("a", "b"):
        items = [item(n, site=f"https://{site}.example") for n in range(10 * ord(site), 10 * ord(site) + 5)]
        items.append(item(10 * ord(site) + 9, title=f"{told}, says {site}", site=f"https://{site}.example"))
        publisher.serve(f"/{site}", rss(items, title=site.upper(), link=f"https://{site}.example/"))
    configure(project, publisher.url("/a"), publisher.url("/b"))
    report = project.run()
    assert (report["articles"]["new"], report["stories"]) == (12, {"new": 11, "updated": 0})
    with sqlite3.connect(project.folder / "news.db") as database:
        assert database.execute("select count(*) from stories").fetchone() == (11,)
        assert database.execute("select count(*) from articles where story is null").fetchone() == (0,)


PLUGIN = '''
"""Sources that misbehave."""
import pathlib, time
from aggregator import Item, hookimpl

def half(http):
    """Raises after two items."""
    yield Item(id=1, title="First of two")
    yield Item(id=2, title="Second of two")
    raise KeyError("title")

def sleep_until_the_test_ends():
    while not pathlib.Path(__file__).with_name("ended").exists():
        time.sleep(0.05)

async def hangs(http):
    """Does not end."""
    import asyncio
    yield Item(id=3, title="Before the silence")
    await asyncio.sleep(3600)

def sleeps(http):
    """Does not end, in a thread."""
    yield Item(id=4, title="Before the sleep")
    sleep_until_the_test_ends()

async def stuck(http):
    """Does not end, in threads of asyncio."""
    import asyncio
    yield Item(id=6, title="Before the work")
    await asyncio.gather(*(asyncio.to_thread(sleep_until_the_test_ends) for _ in range(20)))

def mixed():
    """Valid items among invalid ones."""
    return [Item(id=5, title="Good"), "junk", None, Item(), {"title": "no Item"}]

def nothing(http):
    """Yields nothing."""

@hookimpl
def register_sources(register):
    for source in (half, hangs, sleeps, stuck, mixed, nothing):
        register(source)
'''


def test_misbehaving_plugins_do_not_affect_other_sources(project: Project, publisher: Publisher) -> None:
    publisher.serve("/world.xml", rss([item(1)]))
    project.write("my_plugins/bad.py", PLUGIN)
    project.write("my_plugins/worse.py", "import nowhere")
    names = ("half", "hangs", "sleeps", "stuck", "mixed", "nothing")
    sources = "".join(f'[[sources]]\nplugin = "{name}"\nname = "{name}"\n' for name in names)
    project.configure(
        f'store = "news.db"\nplugins = ["my_plugins"]\n{sources}[[sources]]\nurl = "{publisher.url("/world.xml")}"\n'
        '[http]\nallow_private = ["127.0.0.0/8"]\ntimeout = "1s"\n'
    )
    result = project.aggregate("run", "--json")
    project.write("my_plugins/ended", "")  # else Python waits for the threads when it exits
    assert result.status == 0
    assert result.json["articles"]["new"] == 2 + 1 + 1 + 1 + 1 + 1
    assert result.json["articles"]["junk"] == 4
    errors = {error["source"]: error["error"] for error in result.json["errors"]}
    assert set(errors) == {"half", "hangs", "sleeps", "stuck", "mixed", "nothing"}
    assert "KeyError: 'title'" in errors["half"]
    assert "bad.py, line 10" in errors["half"]
    assert "cancelled after" in errors["hangs"]
    assert "cancelled after" in errors["sleeps"]
    assert "cancelled after" in errors["stuck"]
    assert "yielded 2 values that are not Items, the first of them a str" in errors["mixed"]
    assert errors["nothing"].startswith("gave nothing: a source yields each Item")
    assert "No module named 'nowhere'" in result.err


def test_plugin_of_the_design_runs(project: Project, publisher: Publisher, tmp_path: Path) -> None:
    publisher.serve("/topstories.json", b"[8, 9]", content_type="application/json")
    for number in (8, 9):
        post = f'{{"title": "Post {number}", "url": "https://x.example/{number}", "time": 1795500000}}'
        publisher.serve(f"/item/{number}.json", post.encode(), content_type="application/json")
    project.write(
        "my_plugins/hn.py",
        f'API = "{publisher.url("")}"\n'
        '''from aggregator import Item, hookimpl

async def hackernews(http, *, limit: int = 30):
    """The front page of Hacker News."""
    for number in (await http.get(f"{API}/topstories.json")).json()[:limit]:
        post = (await http.get(f"{API}/item/{number}.json")).json()
        yield Item(id=number, title=post["title"], url=post.get("url"), published=post["time"])

@hookimpl
def register_sources(register):
    register(hackernews)
''',
    )
    project.configure('store = "news.db"\nplugins = ["my_plugins"]\n[[sources]]\nplugin = "hackernews"\nlimit = 2\n')
    assert project.run()["articles"]["new"] == 2
    [first, second] = project.aggregate("stories", "--json").json
    assert {first["title"], second["title"]} == {"Post 8", "Post 9"}


def test_articles_are_grouped_while_a_slow_source_is_pending(project: Project, publisher: Publisher) -> None:
    def slow(exchange: Exchange) -> None:
        """Answer once the articles of the other source have stories, and fail after ten seconds."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with sqlite3.connect(project.folder / "news.db") as database:
                if database.execute("select count(*) from stories").fetchone()[0]:
                    exchange.answer(200, rss([item(3)]), {"Content-Type": "application/xml"})
                    return
            time.sleep(0.05)
        exchange.answer(500)

    publisher.serve("/quick.xml", rss([item(1), item(2)]))
    publisher.handle("/slow.xml", slow)
    configure(project, publisher.url("/quick.xml"), publisher.url("/slow.xml"))
    report = project.run()
    assert report["sources"]["fetched"] == 2, report
    assert report["articles"]["new"] == report["stories"]["new"] == 3
